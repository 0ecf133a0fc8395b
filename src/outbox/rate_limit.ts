/**
 * When there is room again below a limit.
 *
 * @module
 */

import type { Limit } from "../settings/duration.ts";

/** What went before, and what waits already. */
export interface Traffic {
  /** When the n-th latest went, from 0; `undefined` when that was not within the limit's span. */
  readonly nthLatest: (n: number) => number | undefined;
  /** How many wait before this one. */
  readonly ahead: () => number;
}

/**
 * When one more may go, in milliseconds UTC; `undefined` when it may go now. Each that waits gets
 * the time at which a place becomes free for it, so that they do not all come back at once.
 */
export function slotAfter(limit: Limit, traffic: Traffic): number | undefined {
  if (traffic.nthLatest(limit.count - 1) === undefined) return undefined;
  const ahead = traffic.ahead();
  // The place that becomes free first is taken first, and is free again one span later.
  const freed = traffic.nthLatest(limit.count - 1 - ahead % limit.count);
  const spans = 1 + Math.floor(ahead / limit.count);
  return freed === undefined ? undefined : freed + spans * limit.per;
}
