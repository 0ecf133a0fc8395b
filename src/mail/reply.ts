/**
 * What a mail server's answer means for the mail and for its address.
 *
 * Judged by codes alone (RFC 5321, section 4.2; RFC 3463), never by the text beside them.
 *
 * @module
 */

import { plainText } from "../text/plain_text.ts";
import type { Stage } from "./port.ts";

/** What the codes say, wherever they came from. */
export interface Codes {
  /** Where in the dialogue. */
  readonly stage: Stage;
  /** The server's three-digit reply, where there was one. */
  readonly replyCode?: number;
  /** The enhanced status code such as `5.1.1`, where there was one. */
  readonly enhancedCode?: string;
  /** Without a reply: the code of the network's or of TLS's error, such as `ECONNREFUSED`. */
  readonly networkCode?: string;
}

/** Whether the address is to blame, or when not, who is. */
export type Verdict =
  | { readonly kind: "rejected" }
  | { readonly kind: "deferred"; readonly fault: "temporary" | "ours" };

/**
 * A refusal ends an address only when it is permanent and speaks of the mailbox. Everything else
 * waits: what passes by itself is `temporary`, what an administrator has to mend is `ours`.
 */
export function classifyReply(codes: Codes): Verdict {
  const { stage, replyCode, enhancedCode, networkCode } = codes;
  if (replyCode === undefined) {
    return { kind: "deferred", fault: PASSING.has(networkCode ?? "") ? "temporary" : "ours" };
  }
  if (replyCode >= 400 && replyCode < 500) return { kind: "deferred", fault: "temporary" };
  const mailbox = enhancedCode === undefined
    ? stage === "recipient" && BARE_REFUSALS.has(replyCode)
    : (stage === "recipient" || stage === "data") && speaksOfMailbox(enhancedCode);
  if (mailbox && replyCode >= 500) return { kind: "rejected" };
  return { kind: "deferred", fault: "ours" };
}

/** A reply in its parts. */
export interface Reply {
  /** The three-digit code. */
  readonly replyCode: number;
  /** The enhanced status code of the first line that has one. */
  readonly enhancedCode?: string;
}

/** The codes of a reply of one or several lines, `undefined` when it is none. */
export function parseReply(text: string): Reply | undefined {
  const code = /^([2-5][0-9]{2})(?:[ -]|$)/.exec(text)?.[1];
  if (code === undefined) return undefined;
  const enhanced = /^[0-9]{3}[ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])/m.exec(text)?.[1];
  return {
    replyCode: Number(code),
    ...(enhanced === undefined ? {} : { enhancedCode: enhanced }),
  };
}

/** A server's text as one harmless line of at most 200 characters, mail addresses replaced. */
export function plainReason(text: string): string {
  // Searching takes time that grows with the square of the length.
  const line = text.slice(0, 2000).replace(/\r?\n[0-9]{3}[ -]/g, " ");
  return plainText(line.replace(ADDRESS, "<address>"), 200);
}

/**
 * Codes of network errors that pass by themselves. A name that cannot be resolved is one: it is what
 * every mail server's name is while the resolver is down.
 */
export const PASSING: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EMFILE",
  "ENFILE",
  "EABORT",
]);

// Mailbox unavailable, not local, name not allowed.
const BARE_REFUSALS: ReadonlySet<number> = new Set([550, 551, 553]);

// 5.1.x speaks of addresses and 5.2.x of mailboxes, but these two of the sender's (RFC 3463, 3.2).
function speaksOfMailbox(enhanced: string): boolean {
  return /^5\.[12]\./.test(enhanced) && !/^5\.1\.[78]$/.test(enhanced);
}

const ADDRESS = /<?[^\s<>@:;,"'()[\]]+@[^\s<>@:;,"'()[\]]+>?/gu;
