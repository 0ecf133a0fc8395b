/**
 * Runs a transport's attempts at sending, each under a time limit, until the transport is closed.
 *
 * @module
 */

import { timeLimit } from "../net/timeout.ts";
import type { Clock } from "../system/clock.ts";

/** The signals that end an attempt. */
export interface Limits {
  /** Aborted when the caller stops it or the transport is closed. */
  readonly stopped: AbortSignal;
  /** Aborted when its time is over. */
  readonly expired: AbortSignal;
  /** Aborted with either of them. */
  readonly signal: AbortSignal;
  /** Replaces the time that is left. */
  restart(milliseconds: number): void;
}

/** The attempts of one transport. Disposing of it stops them and waits for them to end. */
export interface Attempts extends AsyncDisposable {
  readonly closed: boolean;
  /** Makes an attempt. */
  run<Result>(
    attempt: (limits: Limits) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result>;
}

/** Attempts that may take `timeout` milliseconds each. */
export function openAttempts(clock: Clock, timeout: number): Attempts {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  return {
    get closed() {
      return closing.signal.aborted;
    },
    async run(attempt, signal) {
      using limit = timeLimit(clock, timeout);
      const expired = limit.signal;
      const stopped = signal ? AbortSignal.any([closing.signal, signal]) : closing.signal;
      const result = attempt({
        stopped,
        expired,
        signal: AbortSignal.any([stopped, expired]),
        restart: (milliseconds) => limit.restart(milliseconds),
      });
      running.add(result);
      try {
        return await result;
      } finally {
        running.delete(result);
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}
