/**
 * Decides when refusals that may be about the recipient, or about us, end an address: pure.
 *
 * A refusal counts at most once in each span of 24 hours since the first one, and only when the
 * transport had another recipient accepted since the last one that counted. The third ends the
 * address: then it is not an outage, and not a fault of ours that meets everybody.
 *
 * @module
 */

import { DAY } from "../settings/duration.ts";

/** The doubtful refusals of a mail so far. Times are in milliseconds UTC. */
export interface Doubt {
  /** When the first one came. */
  readonly first: number;
  /** When the last one came that counted. */
  readonly last: number;
  /** How many counted. */
  readonly count: number;
}

/** How many refusals that count end an address. */
export const MAX_DOUBTS = 3;

/**
 * The doubt after one more refusal.
 *
 * @param othersAccepted Whether a mail to another address was accepted since `doubt.last`.
 */
export function doubtAfter(
  doubt: Doubt | undefined,
  now: number,
  othersAccepted: boolean,
): Doubt {
  if (doubt === undefined) return { first: now, last: now, count: 1 };
  const counts = othersAccepted && spanOf(now, doubt) > spanOf(doubt.last, doubt);
  return counts ? { ...doubt, last: now, count: doubt.count + 1 } : doubt;
}

function spanOf(time: number, { first }: Doubt): number {
  return Math.floor((time - first) / DAY);
}
