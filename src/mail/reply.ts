/**
 * Classifies mail servers' replies: by codes alone (RFC 5321, section 4.2; RFC 3463), never by
 * their text.
 *
 * @module
 */

import { plainText } from "../text/plain_text.ts";
import type { Stage } from "./port.ts";

/** The codes of a failure. */
export interface Codes {
  /** The stage of the dialogue. */
  readonly stage: Stage;
  /** The server's three-digit reply, if there was one. */
  readonly replyCode?: number | undefined;
  /** The enhanced status code such as `5.1.1`, if there was one. */
  readonly enhancedCode?: string | undefined;
  /** Without a reply: the code of the network's or of TLS's error, such as `ECONNREFUSED`. */
  readonly networkCode?: string | undefined;
}

/** Whether the address is at fault, else who is. */
export type Verdict =
  | { readonly kind: "rejected" }
  | { readonly kind: "deferred"; readonly fault: "temporary" | "ours" };

/**
 * Classifies a failure. A refusal rejects an address only when it is permanent and about the
 * mailbox. Everything else is deferred: what is over by itself is `temporary`, what needs an
 * administrator is `ours`.
 */
export function classifyReply(codes: Codes): Verdict {
  const { stage, replyCode, enhancedCode, networkCode } = codes;
  if (replyCode === undefined) {
    return {
      kind: "deferred",
      fault: TRANSIENT_CODES.has(networkCode ?? "") ? "temporary" : "ours",
    };
  }
  if (replyCode >= 400 && replyCode < 500) return { kind: "deferred", fault: "temporary" };
  const mailbox = enhancedCode === undefined
    ? stage === "recipient" && BARE_REFUSALS.has(replyCode)
    : (stage === "recipient" || stage === "data") && isAboutMailbox(enhancedCode);
  if (mailbox && replyCode >= 500) return { kind: "rejected" };
  return { kind: "deferred", fault: "ours" };
}

/** A reply in its parts. */
export interface Reply {
  /** The three-digit code. */
  readonly replyCode: number;
  /** The enhanced status code of the first line that has one. */
  readonly enhancedCode?: string | undefined;
}

/** Parses a reply of one or several lines; `undefined` when it is not a reply. */
export function parseReply(text: string): Reply | undefined {
  const code = /^([2-5][0-9]{2})(?:[ -]|$)/.exec(text)?.[1];
  if (code === undefined) return undefined;
  const enhancedCode = /^[0-9]{3}[ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])/m.exec(text)?.[1];
  return { replyCode: Number(code), enhancedCode };
}

/** A server's text as one harmless line of at most 200 characters, email addresses replaced. */
export function plainReason(text: string): string {
  // The search takes time that grows with the square of the length.
  const line = text.slice(0, 2000).replace(/\r?\n[0-9]{3}[ -]/g, " ");
  return plainText(line.replace(ADDRESS, "<address>"), 200);
}

/**
 * Codes of network errors that are over by themselves. They include names that cannot be resolved:
 * while the resolver is down, no mail server's name can.
 */
export const TRANSIENT_CODES: ReadonlySet<string> = new Set([
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

// 5.1.x is about addresses and 5.2.x about mailboxes, but these two are about the sender's (RFC
// 3463, section 3.2).
function isAboutMailbox(enhanced: string): boolean {
  return /^5\.[12]\./.test(enhanced) && !/^5\.1\.[78]$/.test(enhanced);
}

const ADDRESS = /<?[^\s<>@:;,"'()[\]]+@[^\s<>@:;,"'()[\]]+>?/gu;
