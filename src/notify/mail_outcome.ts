/**
 * Decides what becomes of a mail after an attempt to send it: a pure function.
 *
 * @module
 */

import type { Receipt } from "../mail/port.ts";
import type { ClaimedMail, MailOutcome } from "../outbox/port.ts";
import { nextAttempt } from "./retry.ts";

/** An attempt that has ended. */
export interface Attempt {
  readonly receipt: Receipt;
  /** Whether the whole message was sent. */
  readonly handedOver: boolean;
  /** In milliseconds UTC. */
  readonly now: number;
  /** A number from 0 to 1. */
  readonly random: number;
}

/**
 * What becomes of a mail whose attempt ended with this receipt. Only a receipt that rejects the
 * address ends the mail at once; any other failure defers it, for five days. The outbox ends one whose
 * doubtful refusals go on for days.
 */
export function mailOutcome(
  mail: Pick<ClaimedMail, "attempts" | "deferredSince">,
  { receipt, handedOver, now, random }: Attempt,
): MailOutcome {
  if (receipt.kind === "accepted") return { kind: "sent", response: receipt.response };
  const { reason, replyCode } = receipt;
  if (receipt.kind === "rejected") return { kind: "rejected", reason, replyCode };
  const until = nextAttempt(mail, now, random);
  if (until === undefined) return { kind: "expired", reason, replyCode };
  const doubtful = receipt.fault === "doubtful" || undefined;
  // The server has the message, and never said whether it accepts it.
  const hung = (handedOver && replyCode === undefined) || undefined;
  return { kind: "deferred", reason, until, replyCode, doubtful, hung };
}
