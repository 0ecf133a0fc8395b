/**
 * When to try again, and when to stop trying.
 *
 * @module
 */

import { DAY, HOUR, SECOND } from "../domain/duration.ts";

const FIRST_PAUSE = 10 * SECOND;
const LONGEST_PAUSE = HOUR;
/** For how long something is tried, from its first failure on, in milliseconds. */
export const TRY_FOR: number = 5 * DAY;

/**
 * The pause before the next attempt, in milliseconds: it doubles from 10 seconds to an hour, and
 * varies by a fifth, so that what failed together does not come back together.
 *
 * @param attempts How often it failed before this time.
 * @param random A number from 0 to 1.
 */
export function pauseAfter(attempts: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(attempts, 20), LONGEST_PAUSE);
  return Math.round(pause * (0.8 + 0.4 * random));
}
