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

// Longer than the pauses within a burst of emails, shorter than the timeout of servers.
const MAX_IDLE_MS = 20 * SECOND;
// Servers that limit the emails of a session allow at least as many.
const MAX_MAILS = 100;

/** Opens a pool with a maximum number of sessions. */
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

// Whether the connection was lost, or its login is no longer valid, before the server replied about
// the email. A server may end the session of a token that has expired (530, RFC 4954, section 6).
function isStale(error: unknown): boolean {
  if (!(error instanceof SmtpError) || error.codes.stage !== "sender") return false;
  const { replyCode, networkCode } = error.codes;
  return replyCode === 421 || replyCode === 530 ||
    ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(networkCode ?? "");
}
