/**
 * The port to whatever carries mails away.
 *
 * @module
 */

import type { Message } from "../domain/message.ts";

/** Where in the dialogue with a mail server something happened. */
export type Stage = "connect" | "greeting" | "auth" | "sender" | "recipient" | "data" | "compose";

/** What came of an attempt to send. */
export type Receipt =
  /** The transport has taken responsibility for the mail. */
  | { readonly kind: "accepted"; readonly response: string }
  /**
   * Not now. `fault` tells whose it is: `temporary` passes by itself, `ours` (a relay that refuses
   * us, a login, a certificate, our message) wants the administrator. Neither is held against the
   * address.
   */
  | (Failure & { readonly kind: "deferred"; readonly fault: "temporary" | "ours" })
  /** This address takes no mail, and asking again would not change that. */
  | (Failure & { readonly kind: "rejected" });

/** What went wrong, and where. */
export interface Failure {
  /** Where in the dialogue. */
  readonly stage: Stage;
  /** What to tell the administrator: one line, without addresses. */
  readonly reason: string;
  /** The server's three-digit reply, where there was one (RFC 5321, section 4.2). */
  readonly replyCode?: number;
  /** The enhanced status code, such as `5.1.1`, where there was one (RFC 3463). */
  readonly enhancedCode?: string;
}

/** One line of the dialogue with whatever takes a mail: no credentials, no controls, no message. */
export interface DialogueLine {
  /** Who says it. */
  readonly from: "client" | "server";
  /** What is said, safe to print. */
  readonly text: string;
}

/** Carries mails away. */
export interface MailTransport extends AsyncDisposable {
  /** What the transport is called in logs, such as `smtp`. */
  readonly name: string;
  /** How many mails it sends at once; more would wait, and use up their time. */
  readonly concurrency: number;
  /** The longest that `send` takes, in milliseconds: a mail has to be leased for longer. */
  readonly longestSend: number;
  /**
   * Sends one mail. Whatever goes wrong is a {@linkcode Receipt}; it rejects only for a defect of
   * the program. An aborted signal gives a deferred receipt.
   */
  send(message: Message, options?: { readonly signal?: AbortSignal }): Promise<Receipt>;
  /** Whether mails can be handed over, found out without sending one; `undefined` when they can. */
  check(options?: { readonly signal?: AbortSignal }): Promise<Failure | undefined>;
}
