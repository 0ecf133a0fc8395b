/**
 * When to retry, and when to stop retrying.
 *
 * @module
 */

import { DAY, HOUR, SECOND } from "../settings/duration.ts";

/** What pauses grow to, in milliseconds; they vary by a fifth. */
export const USUAL_LONGEST_PAUSE_MS: number = HOUR;

const MIN_PAUSE_MS = 10 * SECOND;
const RETRY_FOR_MS = 5 * DAY;
// Half a day's worth. Time alone does not count: the service may have been down, or its clock behind.
const MIN_ATTEMPTS = 20;

/** The failures of an invitation or a mail before the present one. */
export interface PastFailures {
  /** How often it was deferred. */
  readonly attempts: number;
  /** When it was first deferred, in milliseconds UTC. */
  readonly deferredSince?: number | undefined;
}

/**
 * When to retry what has failed once more, in milliseconds UTC; `undefined` when it expires.
 *
 * @param random A number from 0 to 1.
 * @param longestPause What the pause grows to, in milliseconds.
 */
export function nextAttempt(
  past: PastFailures,
  now: number,
  random: number,
  longestPause: number,
): number | undefined {
  return isExpired(past, now) ? undefined : now + backoff(past.attempts, random, longestPause);
}

// The pause doubles from 10 seconds on, and varies by a fifth, so that what failed
// together is not retried together.
function backoff(attempts: number, random: number, longest: number): number {
  const pause = Math.min(MIN_PAUSE_MS * 2 ** Math.min(attempts, 20), longest);
  return Math.round(pause * (0.8 + 0.4 * random));
}

// Whether it was tried for five days since its first failure.
function isExpired({ attempts, deferredSince }: PastFailures, now: number): boolean {
  return deferredSince !== undefined && now - deferredSince >= RETRY_FOR_MS &&
    attempts >= MIN_ATTEMPTS;
}
