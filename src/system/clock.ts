/**
 * Time, passed in rather than read from the machine, so that tests decide what time it is.
 *
 * @module
 */

/** Tells the time and waits. Every time in this program is in milliseconds since 1970, UTC. */
export interface Clock {
  /** The time now, in milliseconds since 1970, UTC. */
  now(): number;
  /**
   * Resolves after so many milliseconds, or at once when the signal is aborted. It never rejects.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

// setTimeout holds its delay in 32 bits and fires at once beyond that.
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(milliseconds, signal) {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(done, Math.min(Math.max(0, milliseconds), LONGEST_TIMEOUT));
    signal?.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    return promise;
  },
};
