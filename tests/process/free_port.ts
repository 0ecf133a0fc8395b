/**
 * Ports for servers that are stopped and started again.
 *
 * @module
 */

// Below the range of Linux for outgoing connections (32768 and up): there, a client that keeps
// trying a closed port eventually connects to itself.
const FIRST = 20_000;
const LAST = 31_999;

const MAX_ATTEMPTS = 100;
const PAUSE_MS = 20;

/** A port of the loopback interface without a listener. */
export function freePort(): number {
  return listenOnFreePort((port) => {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return port;
  });
}

/** Listens on a port that only this listener has: `listen` is called until it gets one. */
export function listenOnFreePort<T>(listen: (port: number) => T): T {
  return withoutConflict(() => listen(FIRST + Math.floor(Math.random() * (LAST - FIRST + 1))), 0);
}

/**
 * Listens again on a port that was free a moment ago. A program that is being started at that
 * moment has a copy of the previous listener until it runs.
 */
export function listenAgain<T>(listen: () => T): T {
  return withoutConflict(listen, PAUSE_MS);
}

function withoutConflict<T>(listen: () => T, pauseMs: number): T {
  for (let attempt = 1;; attempt++) {
    try {
      return listen();
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || attempt === MAX_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}
