/**
 * Decides what becomes of a mail after an attempt to send it: a pure function.
 *
 * @module
 */

import type { Receipt } from "../mail/port.ts";
import type { ClaimedMail, MailOutcome } from "../outbox/port.ts";
import { nextAttempt } from "./retry.ts";

/**
 * What becomes of a mail whose attempt ended with this receipt. Only a receipt that rejects the
 * address ends the mail at once; any other failure defers it, for five days. The outbox ends one whose
 * doubtful refusals go on for days.
 *
 * @param random A number from 0 to 1.
 */
export function mailOutcome(
  mail: Pick<ClaimedMail, "attempts" | "deferredSince">,
  receipt: Receipt,
  now: number,
  random: number,
): MailOutcome {
  if (receipt.kind === "accepted") return { kind: "sent", response: receipt.response };
  const { reason, replyCode } = receipt;
  if (receipt.kind === "rejected") return { kind: "rejected", reason, replyCode };
  const until = nextAttempt(mail, now, random);
  if (until === undefined) return { kind: "expired", reason, replyCode };
  const doubtful = receipt.fault === "doubtful" || undefined;
  return { kind: "deferred", reason, until, replyCode, doubtful };
}
