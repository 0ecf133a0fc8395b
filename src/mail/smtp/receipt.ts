/**
 * Converts errors to receipts.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../net/endpoint.ts";
import type { Receipt } from "../port.ts";
import { deferred } from "../receipt.ts";
import { classifyReply, isGeneral, plainReason } from "../reply.ts";
import type { SmtpError } from "./error.ts";
import { remedyFor } from "./remedy.ts";

/** The receipt of an email that a mail server did not accept. */
export function receiptFor(
  error: SmtpError,
  server: Endpoint,
): Exclude<Receipt, { kind: "accepted" }> {
  const { stage, replyCode, enhancedCode } = error.codes;
  const { fault, meaning } = classifyReply(error.codes);
  const failure = {
    stage,
    reason: reasonFor(error, server),
    meaning,
    remedy: error.remedy ?? remedyFor(error.codes),
    replyCode,
    enhancedCode,
    general: isGeneral(error.codes) || undefined,
  };
  return fault === "recipient" ? { kind: "rejected", ...failure } : deferred(failure, fault);
}

function reasonFor({ codes, detail }: SmtpError, server: Endpoint): string {
  const code = codes.networkCode;
  // It names the token endpoint, and is bounded.
  if (code === "ETOKEN") return detail;
  if (code === "EABORT") return "sending was stopped";
  const shown = plainReason(detail);
  const meaning = code === undefined
    ? "the mail server answered"
    : MEANING[code] ?? `the connection failed (${plainReason(code)})`;
  return `${formatEndpoint(server)}: ${shown === "" ? meaning : `${meaning}: ${shown}`}`;
}

const CLOSED = "the mail server closed the connection";
const UNREACHABLE = "the mail server cannot be reached";

const MEANING: Readonly<Record<string, string>> = {
  EACCES: "connecting to the mail server is not permitted",
  EAI_AGAIN: "the mail server's name cannot be resolved at the moment",
  EAUTH: "the login failed",
  EAUTHMETHOD: "the mail server offers no login method that can be used",
  ECONNABORTED: CLOSED,
  ECONNREFUSED: "nothing listens at the mail server's port",
  ECONNRESET: CLOSED,
  EHOSTDOWN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETDOWN: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOAUTH: "the mail server does not offer a login",
  ENOTFOUND: "the mail server's name cannot be resolved",
  EPERM: "connecting to the mail server is not permitted",
  EPIPE: CLOSED,
  EPLAINLOGIN:
    "the mail server does not offer STARTTLS, and credentials must not be sent unencrypted",
  EPROTOCOL: "the response is not valid SMTP",
  ENOTLS: "the mail server does not accept STARTTLS",
  ESIZE: "the email is larger than the mail server accepts",
  ESMTPUTF8: "the address has non-ASCII characters, and the mail server does not offer SMTPUTF8",
  ETIMEDOUT: "the mail server did not answer in time",
  ETLS: "no TLS connection",
};
