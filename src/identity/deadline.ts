/**
 * Asking a store for so long and no longer.
 *
 * @module
 */

import { formatDuration, MINUTE, SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { StoreError } from "./port.ts";

/** How long a store may take to answer unless something else is set, in milliseconds. */
export const DEFAULT_DEADLINE: number = 10 * SECOND;

/**
 * How long a store may be given at most, in milliseconds. Invitee and inviter are looked up one after
 * the other, and both within the lease of an invitation.
 */
export const LONGEST_DEADLINE: number = 5 * MINUTE;

/** What a deadline is held with. */
export interface DeadlineOptions {
  /** The time. */
  readonly clock: Clock;
  /** How long the work may take, in milliseconds. */
  readonly deadline: number;
  /** Ends the work earlier. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the work until it is done, the deadline has passed or the signal is aborted, whichever is
 * first, also when the work does not listen to the signal it is given. That signal is aborted in
 * any case at the end, so that nothing goes on behind.
 *
 * @throws {StoreError} A temporary one, when the work was not done in time.
 */
export async function withDeadline<Result>(
  store: string,
  options: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { clock, deadline, signal } = options;
  refuseAborted(store, signal);
  const finished = new AbortController();
  const ended = signal ? AbortSignal.any([signal, finished.signal]) : finished.signal;
  async function giveUp(): Promise<never> {
    await clock.sleep(deadline, ended);
    refuseAborted(store, signal);
    throw new StoreError(store, "temporary", `no answer within ${formatDuration(deadline)}`);
  }
  try {
    return await Promise.race([work(ended), giveUp()]);
  } finally {
    finished.abort();
  }
}

/**
 * Begins nothing that was called off already.
 *
 * @throws {StoreError} A temporary one, when the signal is aborted.
 */
export function refuseAborted(store: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new StoreError(store, "temporary", "the lookup was called off");
}
