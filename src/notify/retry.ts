/**
 * When to try again, and when to stop trying.
 *
 * @module
 */

import { DAY, HOUR, SECOND } from "../settings/duration.ts";

const FIRST_PAUSE = 10 * SECOND;
const LONGEST_PAUSE = HOUR;
const TRY_FOR = 5 * DAY;
// Half a day of them. Time alone does not count: the service may have been away, or its clock behind.
const FEWEST_ATTEMPTS = 20;

/**
 * The pause before the next attempt, in milliseconds: it doubles from 10 seconds to an hour, and
 * varies by a fifth, so that what failed together does not come back together.
 *
 * @param attempts How often it failed before this time.
 * @param random A number from 0 to 1.
 */
export function backoff(attempts: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(attempts, 20), LONGEST_PAUSE);
  return Math.round(pause * (0.8 + 0.4 * random));
}

/**
 * Whether something that has failed once more was tried for long enough: for five days, from its
 * first failure on.
 *
 * @param attempts How often it failed before this time.
 * @param since When it failed first, in milliseconds UTC; `undefined` when that is now.
 */
export function isExpired(attempts: number, since: number | undefined, now: number): boolean {
  return since !== undefined && now - since >= TRY_FOR && attempts >= FEWEST_ATTEMPTS;
}
