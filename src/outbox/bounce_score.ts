/**
 * Decides when bounces end an address: pure, and the same for every database.
 *
 * Each mail that came back counts for 30 days, and nothing is sent to an address while its score is too
 * high. So an outage of a company's mail server mutes nobody for ever.
 *
 * @module
 */

import { DAY } from "../settings/duration.ts";
import type { Bounce, BounceRecorded, BounceSeverity } from "./bounces.ts";
import type { Write } from "./writes.ts";

/** How much a bounce counts. */
export const WEIGHTS: Readonly<Record<BounceSeverity, number>> = {
  hard: 2,
  soft: 1,
  none: 0,
  complaint: 0,
};

/** The score from which on nothing is sent to an address. */
export const END_SCORE = 4;

/** How long a bounce counts, in milliseconds. */
export const BOUNCE_COUNTS_MS: number = 30 * DAY;

/** A mail that came back, as far as the score needs it. */
export interface CountedBounce {
  readonly mail: number;
  /** In milliseconds UTC. */
  readonly at: number;
  readonly weight: number;
}

/** The score of an address by its bounces. */
export function bounceScore(bounces: readonly CountedBounce[], now: number): number {
  return sum(bounces.filter(({ at }) => counts(at, now)));
}

/**
 * When the score falls below the one that ends an address, in milliseconds UTC; `undefined` if it is
 * below now.
 */
export function endedUntil(bounces: readonly CountedBounce[], now: number): number | undefined {
  // A time ahead of the clock was stored while that was wrong.
  const counting = bounces.filter(({ at }) => counts(at, now))
    .map((bounce) => ({ ...bounce, at: Math.min(bounce.at, now) }))
    .sort((one, other) => one.at - other.at);
  let left = sum(counting);
  let until: number | undefined;
  for (const { at, weight } of counting) {
    if (left < END_SCORE) break;
    left -= weight;
    until = at + BOUNCE_COUNTS_MS;
  }
  return until;
}

/** What is known about the mail of a bounce. */
export interface MailOfBounce {
  readonly id: number;
  readonly addressHash: Uint8Array;
  /** How severe its bounces were so far; `undefined` if there was none. */
  readonly severity?: BounceSeverity | undefined;
  /** What queues it to the person's next address; empty if there is none. */
  readonly failOver: readonly Write[];
}

/**
 * Records a bounce.
 *
 * @param earlier All that count against the mail's address.
 */
export function settleBounce(
  { id, addressHash, severity, failOver }: MailOfBounce,
  bounce: Bounce,
  earlier: readonly CountedBounce[],
  now: number,
): { readonly result: BounceRecorded; readonly writes: readonly Write[] } {
  const weight = WEIGHTS[bounce.severity];
  const isComplaint = bounce.severity === "complaint" && severity !== "complaint";
  if (severity !== undefined && weight <= WEIGHTS[severity] && !isComplaint) {
    return { result: { kind: "known" }, writes: [] };
  }
  const others = earlier.filter(({ mail }) => mail !== id);
  const counted = weight === 0 ? earlier : [...others, { mail: id, at: now, weight }];
  const score = bounceScore(counted, now);
  const until = endedUntil(counted, now);
  return {
    result: { kind: "recorded", score, until },
    writes: [
      { kind: "note bounce", mail: id, addressHash, bounce, weight, at: now },
      ...until === undefined || weight === 0
        ? []
        : [{ kind: "end address", mail: id, addressHash, until, at: now } as const],
      {
        kind: "add timeline",
        of: { mail: id },
        at: now,
        step: "bounced",
        data: { mail: id, ...bounce, score, until: weight === 0 ? undefined : until },
      },
      ...bounce.severity === "hard" ? failOver : [],
    ],
  };
}

function counts(at: number, now: number): boolean {
  return at > now - BOUNCE_COUNTS_MS;
}

function sum(bounces: readonly CountedBounce[]): number {
  return bounces.reduce((total, { weight }) => total + weight, 0);
}
