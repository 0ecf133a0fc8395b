/**
 * When there is room again below a limit.
 *
 * @module
 */

import type { Limit } from "../domain/duration.ts";

/**
 * When one more may go, in milliseconds UTC; `undefined` when it may go now.
 *
 * @param recent The times of those that went last, the latest first, at least as many as the limit
 * counts where there are so many.
 * @param waiting How many wait already: each span takes no more of them than the limit allows, so
 * that they do not all come back at once.
 */
export function slotAfter(
  limit: Limit,
  recent: readonly number[],
  waiting: number,
  now: number,
): number | undefined {
  const oldest = recent[limit.count - 1];
  if (oldest === undefined || oldest <= now - limit.per) return undefined;
  return oldest + limit.per + Math.floor(waiting / limit.count) * limit.per;
}
