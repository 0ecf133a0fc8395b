/**
 * Limits how much is done at the same time.
 *
 * @module
 */

import { onAbort } from "./abort.ts";

/** A number of permits, which are handed out in the order in which they are asked for. */
export interface Semaphore {
  /** Waits for a permit. Resolves to `false`, without one, when the signal is aborted first. */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Gives a permit back. */
  release(): void;
}

/** A semaphore with so many permits. */
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
      // A permit is handed on rather than given back, so that nobody overtakes.
      const grant = waiting.shift();
      if (grant) grant();
      else free++;
    },
  };
}
