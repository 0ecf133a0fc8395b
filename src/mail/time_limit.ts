/**
 * Attempts at sending, each within its time, until the transport is closed.
 *
 * @module
 */

import type { Clock } from "../system/clock.ts";

/** What may end an attempt early. */
export interface Limits {
  /** Aborted when the caller no longer wants it, or the transport is closed. */
  readonly stopped: AbortSignal;
  /** Aborted when its time is over. */
  readonly expired: AbortSignal;
  /** Aborted with either of them. */
  readonly signal: AbortSignal;
}

/** The attempts of one transport. Its disposal stops them and waits for their ends. */
export interface Attempts extends AsyncDisposable {
  /** Whether it was disposed of. */
  readonly closed: boolean;
  /** Makes an attempt, and stops the clock when that ends. */
  run<Result>(
    attempt: (limits: Limits) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result>;
}

/** Attempts that may take so many milliseconds each. */
export function openAttempts(clock: Clock, limit: number): Attempts {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  return {
    get closed() {
      return closing.signal.aborted;
    },
    async run(attempt, signal) {
      const late = new AbortController();
      const done = new AbortController();
      clock.sleep(limit, done.signal).then(() => {
        if (!done.signal.aborted) late.abort();
      });
      const expired = late.signal;
      const stopped = signal ? AbortSignal.any([closing.signal, signal]) : closing.signal;
      const result = attempt({ stopped, expired, signal: AbortSignal.any([stopped, expired]) });
      running.add(result);
      try {
        return await result;
      } finally {
        done.abort();
        running.delete(result);
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}
