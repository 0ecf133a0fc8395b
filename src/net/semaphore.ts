/**
 * Limits concurrent work.
 *
 * @module
 */

import { onAbort } from "./abort.ts";

/** A number of permits, which are granted in the order of requests. */
export interface Semaphore {
  /** Waits for a permit. Resolves to `false`, without a permit, if the signal is aborted first. */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Gives a permit back. */
  release(): void;
}

/** Opens a semaphore with a number of permits. */
export function openSemaphore(permits: number): Semaphore {
  let free = permits;
  const waiting: (() => void)[] = [];
  return {
    async acquire(signal) {
      if (signal.aborted) return false;
      if (free > 0) {
        free--;
        return true;
      }
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const grant = () => resolve(true);
      waiting.push(grant);
      using _listener = onAbort(signal, () => {
        const index = waiting.indexOf(grant);
        if (index < 0) return; // Granted already.
        waiting.splice(index, 1);
        resolve(false);
      });
      return await promise;
    },
    release() {
      // The permit is passed on directly, so that no later request overtakes.
      const grant = waiting.shift();
      if (grant) grant();
      else free++;
    },
  };
}
