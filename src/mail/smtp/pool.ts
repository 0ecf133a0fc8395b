/**
 * Pools sessions with a mail server.
 *
 * @module
 */

import { openPool, type Pool } from "../../net/pool.ts";
import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { SmtpError, smtpError } from "./error.ts";
import type { SmtpSession } from "./session.ts";

// Longer than the pauses within a burst of mails, shorter than servers put up with.
const MAX_IDLE_MS = 20 * SECOND;
// Servers that count let at least so many mails through.
const MAX_MAILS = 100;

/** A pool of so many sessions at the same time. */
export function openSmtpPool(
  { size, clock }: { readonly size: number; readonly clock: Clock },
): Pool<SmtpSession> {
  return openPool({
    clock,
    size,
    maxIdle: MAX_IDLE_MS,
    closesIdle: true,
    maxUses: MAX_MAILS,
    aborted: () => smtpError("connect", "EABORT"),
    shouldRetry: (error, reused) => reused && isStale(error),
  });
}

// The connection ended before the server said a word about the mail.
function isStale(error: unknown): boolean {
  if (!(error instanceof SmtpError) || error.codes.stage !== "sender") return false;
  const { replyCode, networkCode } = error.codes;
  return replyCode === 421 || ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(networkCode ?? "");
}
