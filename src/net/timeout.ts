/**
 * Time limits on the injected clock.
 *
 * @module
 */

import type { Clock } from "../system/clock.ts";

/** A time limit. Disposing of it stops its timer. */
export interface TimeLimit extends Disposable {
  /** Aborted when the time is over, but never after the disposal. */
  readonly signal: AbortSignal;
  /** Replaces the time that is left. */
  restart(milliseconds: number): void;
}

/** Starts a time limit. */
export function timeLimit(clock: Clock, milliseconds: number): TimeLimit {
  const expired = new AbortController();
  const start = (milliseconds: number) => startTimer(clock, milliseconds, () => expired.abort());
  let timer = start(milliseconds);
  return {
    signal: expired.signal,
    restart(milliseconds) {
      timer[Symbol.dispose]();
      timer = start(milliseconds);
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}

/** Calls the function after a number of milliseconds. Disposing of the result prevents that. */
export function startTimer(clock: Clock, milliseconds: number, onTimeout: () => void): Disposable {
  const stopped = new AbortController();
  clock.sleep(milliseconds, stopped.signal).then(() => {
    if (!stopped.signal.aborted) onTimeout();
  });
  return { [Symbol.dispose]: () => stopped.abort(null) };
}
