/**
 * The port of mail transports.
 *
 * @module
 */

import type { Message } from "../domain/message.ts";

/** Where in the dialogue with a mail server something happened. */
export type Stage = "connect" | "greeting" | "auth" | "sender" | "recipient" | "data" | "compose";

/**
 * Who is taken to be at fault. A `temporary` fault is over by itself; one that is `ours` (a relay that
 * refuses us, a login, a certificate, our message) needs the administrator; a `doubtful` one may be
 * ours or the recipient's; one of the `recipient` ends the address.
 */
export type Fault = "temporary" | "ours" | "doubtful" | "recipient";

/** The outcome of an attempt to send. */
export type Receipt =
  /** The transport has taken responsibility for the mail. */
  | {
    readonly kind: "accepted";
    /** For the administrator: one line, such as a mail server's reply with the ID in its queue. */
    readonly response: string;
  }
  /** The mail can be sent later. Only a doubtful fault that lasts for days ends the address. */
  | (Failure & { readonly kind: "deferred"; readonly fault: Exclude<Fault, "recipient"> })
  /** The address does not accept mails, and trying again would not change that. */
  | (Failure & { readonly kind: "rejected" });

/** What went wrong, and where. */
export interface Failure {
  /** The stage of the dialogue. */
  readonly stage: Stage;
  /** For the administrator: one line, without addresses. */
  readonly reason: string;
  /** Why the fault is taken for whose it is, where a rule says so. */
  readonly meaning?: string | undefined;
  /** What the administrator can do about it, with the keys of the configuration. */
  readonly remedy?: string | undefined;
  /** The server's three-digit reply, if there was one (RFC 5321, section 4.2). */
  readonly replyCode?: number | undefined;
  /** The enhanced status code, such as `5.1.1`, if there was one (RFC 3463). */
  readonly enhancedCode?: string | undefined;
  /** Whether any other mail would have met it as well: it is about neither recipient nor message. */
  readonly general?: boolean | undefined;
}

/** A line of the dialogue with a mail server, a service or a program. */
export interface DialogueLine {
  /** The side that sends it. */
  readonly from: "client" | "server";
  /** Safe to print: without credentials, control characters and the message. */
  readonly text: string;
}

/** Options of checking. */
export interface CheckOptions {
  /** Stops it. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of sending. */
export interface SendOptions extends CheckOptions {
  /**
   * Called when the whole message was sent and only the final reply is missing, which may take
   * minutes. If it returns `true`, the mail no longer counts among the `concurrency` ones.
   */
  readonly onHandedOver?: (() => boolean) | undefined;
}

/** Sends mails. */
export interface MailTransport extends AsyncDisposable {
  /** The name in logs, such as `smtp`. */
  readonly name: string;
  /** How many mails it sends at once; more would wait, and use up their time. */
  readonly concurrency: number;
  /** The longest that `send` takes, in milliseconds: a mail has to be leased for longer. */
  readonly longestSend: number;
  /**
   * Sends one mail. Every failure is a {@linkcode Receipt}; it rejects only for a defect of the
   * program. An aborted signal results in a deferred receipt.
   */
  send(message: Message, options?: SendOptions): Promise<Receipt>;
  /** Checks, without sending a mail, whether one can be sent; `undefined` when it can. */
  check(options?: CheckOptions): Promise<Failure | undefined>;
}
