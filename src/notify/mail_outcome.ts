/**
 * Decides what becomes of a mail after an attempt to send it, and what the attempt tells about the
 * transport.
 *
 * @module
 */

import type { Receipt, Stage } from "../mail/port.ts";
import type { ClaimedMail, MailOutcome } from "../outbox/port.ts";
import { MINUTE } from "../settings/duration.ts";
import type { Circuit } from "./circuit.ts";
import { nextAttempt, USUAL_LONGEST_PAUSE_MS } from "./retry.ts";

/** An attempt that has ended. */
export interface Attempt {
  readonly receipt: Receipt;
  /** Whether the whole message was sent. */
  readonly handedOver: boolean;
  /** How many addresses are refused alike, if that is taken for what everybody gets; else 0. */
  readonly alike?: number | undefined;
  /** In milliseconds UTC. */
  readonly now: number;
  /** A number from 0 to 1. */
  readonly random: number;
  /** What the pauses of a mail grow to when the transport failed, in milliseconds. */
  readonly longestPause: number;
  /** For how many milliseconds a mail that is refused as everybody is waits at least. */
  readonly shortestPause?: number | undefined;
}

/**
 * What becomes of a mail whose attempt ended with this receipt. Only a receipt that rejects the
 * address ends the mail at once; any other failure defers it, for five days. The outbox ends one whose
 * doubtful refusals go on for days.
 */
export function mailOutcome(
  mail: Pick<ClaimedMail, "attempts" | "deferredSince">,
  attempt: Attempt,
): MailOutcome {
  const { receipt, now, random } = attempt;
  if (receipt.kind === "accepted") return { kind: "sent", response: receipt.response };
  const { reason, replyCode } = receipt;
  if (receipt.kind === "rejected") return { kind: "rejected", reason, replyCode };
  const outage = isOutage(attempt) || undefined;
  const longestPause = outage ? attempt.longestPause : USUAL_LONGEST_PAUSE_MS;
  const next = nextAttempt(mail, now, random, longestPause);
  if (next === undefined) return { kind: "expired", reason, replyCode };
  const until = Math.max(next, now + (attempt.shortestPause ?? 0));
  const doubtful = receipt.fault === "doubtful" || undefined;
  const hung = hasHung(attempt) || undefined;
  return { kind: "deferred", reason, until, replyCode, doubtful, hung, outage };
}

// Whether the server has the message, and never said whether it accepts it.
function hasHung({ receipt, handedOver }: Pick<Attempt, "receipt" | "handedOver">): boolean {
  return receipt.kind === "deferred" && handedOver && receipt.replyCode === undefined;
}

function isOutage(attempt: Pick<Attempt, "receipt" | "handedOver" | "alike">): boolean {
  const { receipt, alike } = attempt;
  if (receipt.kind !== "deferred") return false;
  return (alike ?? 0) > 0 || (receipt.general === true && !hasHung(attempt));
}

/** Tells the transport's circuit what the attempt to send a mail shows. */
export function reportAttempt(
  circuit: Circuit,
  mail: number,
  attempt: Pick<Attempt, "receipt" | "handedOver" | "alike">,
): void {
  const { receipt } = attempt;
  if (receipt.kind === "accepted") circuit.succeeded();
  else if (isOutage(attempt)) {
    const { reason, stage } = receipt;
    // Recipients' own faults may look like this, and the server works: a good address is to be found soon.
    const maxPause = stage === "recipient" ? MINUTE : undefined;
    circuit.failed(String(mail), { reason, distance: DISTANCES[stage], maxPause });
  } else if (!hasHung(attempt)) circuit.succeeded(DISTANCES[receipt.stage]);
}

/** The server had the whole message: it works up to its final reply. */
export function reportHandedOver(circuit: Circuit): void {
  circuit.succeeded(DISTANCES.data);
}

const DISTANCES: Readonly<Record<Stage, number>> = {
  // Nothing was tried.
  compose: -Infinity,
  connect: 0,
  greeting: 1,
  auth: 2,
  sender: 3,
  recipient: 4,
  data: 5,
};
