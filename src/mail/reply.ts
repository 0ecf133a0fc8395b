/**
 * Classifies mail servers' replies: by codes alone (RFC 5321, section 4.2; RFC 3463), never by
 * their text.
 *
 * @module
 */

import { plainText } from "../text/plain_text.ts";
import type { Fault, Stage } from "./port.ts";

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

/** What a failure is taken for. */
export interface Verdict {
  readonly fault: Fault;
  /** Why. */
  readonly meaning: string;
}

/** A row of the table by which failures are classified. */
export interface ReplyRule extends Verdict {
  /** What was said, and where, for the documentation. */
  readonly reply: string;
  /** Whether it applies, if no earlier rule does. */
  readonly matches: (codes: Codes) => boolean;
}

/**
 * The rules, the first that matches applies. Only what is said at RCPT, by a code that can mean nothing
 * else, is the recipient's fault: servers use all other codes for relaying, quotas and senders as well.
 */
export const REPLY_RULES: readonly ReplyRule[] = [
  {
    reply: "none, the connection fails or breaks",
    fault: "temporary",
    meaning: "the mail server cannot be reached at the moment",
    matches: ({ replyCode, networkCode }) =>
      replyCode === undefined && TRANSIENT_CODES.has(networkCode ?? ""),
  },
  {
    reply: "none, the token endpoint issues no access token",
    fault: "ours",
    meaning: "there is no access token to log in with",
    matches: ({ networkCode }) => networkCode === "ETOKEN",
  },
  {
    reply: "none, TLS, the login or anything else fails",
    fault: "ours",
    meaning: "the settings of this service or of the mail server do not fit",
    matches: ({ replyCode }) => replyCode === undefined,
  },
  {
    reply: "4xx at any stage",
    fault: "temporary",
    meaning: "the mail server asks to try again later",
    matches: ({ replyCode = 0 }) => replyCode >= 400 && replyCode < 500,
  },
  {
    reply: "any other at RCPT with 5.1.1, 5.1.3, 5.1.6 or 5.1.10",
    fault: "recipient",
    meaning: "the address does not exist",
    matches: ({ stage, replyCode = 0, enhancedCode = "" }) =>
      stage === "recipient" && replyCode >= 500 && NO_SUCH_ADDRESS.has(enhancedCode),
  },
  {
    reply: "any other at RCPT with 5.1.7 or 5.1.8",
    fault: "ours",
    meaning: "the mail server refuses the sender's address",
    matches: ({ stage, enhancedCode = "" }) =>
      stage === "recipient" && ABOUT_THE_SENDER.has(enhancedCode),
  },
  {
    reply: "550, 551 or 553 at RCPT without an enhanced code",
    fault: "doubtful",
    meaning: "the mail server may mean the recipient, or this service",
    matches: ({ stage, replyCode = 0, enhancedCode }) =>
      stage === "recipient" && enhancedCode === undefined && BARE_REFUSALS.has(replyCode),
  },
  {
    reply: "5xx at RCPT with any other 5.x.x",
    fault: "doubtful",
    meaning: "the mail server may mean the recipient, or this service",
    matches: ({ stage, replyCode = 0, enhancedCode = "" }) =>
      stage === "recipient" && replyCode >= 500 && enhancedCode.startsWith("5."),
  },
  {
    reply: "any other at RCPT",
    fault: "ours",
    meaning: "the mail server refuses the command",
    matches: ({ stage }) => stage === "recipient",
  },
  {
    reply: "any other after DATA",
    fault: "ours",
    meaning: "the mail server refuses the message or its sender",
    matches: ({ stage }) => stage === "data",
  },
  {
    reply: "any other before RCPT",
    fault: "ours",
    meaning: "the mail server refuses this service or its sender",
    matches: () => true,
  },
];

/** Classifies a failure by the table. */
export function classifyReply(codes: Codes): Verdict {
  const rule = REPLY_RULES.find(({ matches }) => matches(codes));
  if (rule === undefined) throw new TypeError("the last rule matches everything");
  return { fault: rule.fault, meaning: rule.meaning };
}

/**
 * Whether any other email would have met the failure as well. What is said about a recipient or a
 * message is not: everybody can choose recipients and words, and must not stop all emails with them.
 */
export function isGeneral(
  { stage, replyCode, enhancedCode = "", networkCode = "" }: Codes,
): boolean {
  if (ABOUT_ONE_MAIL.has(networkCode) || TOO_LARGE.test(enhancedCode)) return false;
  if (replyCode === undefined || replyCode === 421) return stage !== "compose";
  switch (stage) {
    case "connect":
    case "greeting":
    case "auth":
      return true;
    case "sender":
      return replyCode !== 552;
    case "recipient":
      return ABOUT_THE_SENDER.has(enhancedCode);
    case "data":
      return replyCode === 452 || ABOUT_THE_SYSTEM.test(enhancedCode);
    case "compose":
      return false;
  }
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

// Bad destination mailbox, bad syntax, moved without forwarding (RFC 3463, section 3.2), null MX
// (RFC 7505, section 4.2; Exchange Online says it of a recipient that it does not know).
const NO_SUCH_ADDRESS: ReadonlySet<string> = new Set(["5.1.1", "5.1.3", "5.1.6", "5.1.10"]);

// Bad sender's mailbox, bad sender's system (RFC 3463, section 3.2).
const ABOUT_THE_SENDER: ReadonlySet<string> = new Set(["5.1.7", "5.1.8"]);

// Our own refusals of an email, and what ends because it is stopped.
const ABOUT_ONE_MAIL: ReadonlySet<string> = new Set(["ESIZE", "ESMTPUTF8", "EABORT"]);

// Message too big for the system (RFC 3463, section 3.4).
const TOO_LARGE = /^[45]\.3\.4$/;

// After the message: the sender's mailbox is full or over its quota, the system is full or busy (RFC
// 3463, sections 3.3 and 3.4).
const ABOUT_THE_SYSTEM = /^[45]\.[23]\./;

const ADDRESS = /<?[^\s<>@:;,"'()[\]]+@[^\s<>@:;,"'()[\]]+>?/gu;
