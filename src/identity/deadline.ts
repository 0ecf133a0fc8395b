/**
 * Runs work under a deadline.
 *
 * @module
 */

import { formatDuration } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { StoreError } from "./port.ts";

/** A deadline. */
export interface DeadlineOptions {
  readonly clock: Clock;
  /** How long the work may take, in milliseconds. */
  readonly deadline: number;
  /** Ends the work earlier. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the work until it is done, the deadline has passed or the signal is aborted, whichever is
 * first, even if the work ignores the signal that it is given. That signal is always aborted at the
 * end, so that nothing continues in the background.
 *
 * @throws {StoreError} A temporary one if the work was not done in time.
 */
export async function withDeadline<Result>(
  store: string,
  options: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { clock, deadline, signal } = options;
  throwIfAborted(store, signal);
  const finished = new AbortController();
  const ended = signal ? AbortSignal.any([signal, finished.signal]) : finished.signal;
  async function expire(): Promise<never> {
    await clock.sleep(deadline, ended);
    throwIfAborted(store, signal);
    throw new StoreError(store, "temporary", `no answer within ${formatDuration(deadline)}`);
  }
  try {
    return await Promise.race([work(ended), expire()]);
  } finally {
    finished.abort();
  }
}

/**
 * Does nothing unless the signal is aborted.
 *
 * @throws {StoreError} A temporary one if it is.
 */
export function throwIfAborted(store: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(store);
}

/** The error of an aborted lookup. */
export function abortError(store: string): StoreError {
  return new StoreError(store, "temporary", "the lookup was aborted");
}
