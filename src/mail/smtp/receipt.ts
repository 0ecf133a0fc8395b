/**
 * The receipt of a mail that was not accepted.
 *
 * @module
 */

import type { Receipt } from "../port.ts";
import { classifyReply, plainReason } from "../reply.ts";
import type { SmtpError } from "./error.ts";

/** What came of the mail. */
export function receiptFor(error: SmtpError): Exclude<Receipt, { kind: "accepted" }> {
  const { stage, replyCode, enhancedCode } = error.codes;
  const failure = {
    stage,
    reason: reasonFor(error),
    ...(replyCode === undefined ? {} : { replyCode }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
  };
  const verdict = classifyReply(error.codes);
  return verdict.kind === "rejected"
    ? { kind: "rejected", ...failure }
    : { kind: "deferred", fault: verdict.fault, ...failure };
}

function reasonFor({ codes, detail }: SmtpError): string {
  const said = plainReason(detail);
  const code = codes.networkCode;
  const meaning = code === undefined
    ? "the mail server answered"
    : MEANING[code] ?? `the connection failed (${plainReason(code)})`;
  return said === "" ? meaning : `${meaning}: ${said}`;
}

const CLOSED = "the mail server closed the connection";
const UNREACHABLE = "the mail server cannot be reached";

const MEANING: Readonly<Record<string, string>> = {
  EABORT: "sending was stopped",
  EACCES: "connecting to the mail server is not permitted",
  EAI_AGAIN: "the mail server's name cannot be resolved now",
  EAUTH: "the login failed",
  ECONNABORTED: CLOSED,
  ECONNREFUSED: "nothing listens at the mail server's port",
  ECONNRESET: CLOSED,
  EHOSTDOWN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETDOWN: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOAUTH: "the mail server offers no login",
  ENOTFOUND: "the mail server's name cannot be resolved",
  EPERM: "connecting to the mail server is not permitted",
  EPIPE: CLOSED,
  EPLAINLOGIN:
    "the mail server offers no STARTTLS, and a login must not go over a network in the " +
    "clear (tls: 0 allows it)",
  EPROTOCOL: "what answers is not a mail server, or is out of step",
  ENOTLS: "the mail server takes no STARTTLS",
  ESIZE: "the mail is larger than the mail server takes",
  ESMTPUTF8: "the address has letters beyond ASCII, and the mail server offers no SMTPUTF8",
  ETIMEDOUT: "the mail server did not answer in time",
  ETLS: "TLS failed, or the mail server's certificate does not verify",
};
