/**
 * The clock. It is passed in, so that tests control the time.
 *
 * @module
 */

/** A clock. All times in this program are in milliseconds since 1970, UTC. */
export interface Clock {
  /** The current time, in milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds since any time, by a clock that runs on steadily when the machine's is set. */
  monotonic(): number;
  /**
   * Resolves after a number of milliseconds, or as soon as the signal is aborted. Never rejects.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

// setTimeout has a delay of 32 bits, and fires at once beyond that.
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(milliseconds, signal) {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(done, Math.min(Math.max(0, milliseconds), MAX_TIMEOUT_MS));
    signal?.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    return promise;
  },
};
