/**
 * Ports for servers that are stopped and started again.
 *
 * @module
 */

// Below the range of Linux for outgoing connections (32768 and up): there, a client that keeps
// trying a closed port eventually connects to itself.
const FIRST = 20_000;
const LAST = 31_999;

// Between choosing a port and listening on it, and while a server is down, nothing listens there. So
// that no other test chooses it meanwhile, in whatever process or thread, a file stands for it.
const RESERVATIONS = `${Deno.env.get("TMPDIR") ?? "/tmp"}/appservice-mxisd-ports-${Deno.uid()}`;
const RESERVED_FOR_MS = 5 * 60_000;

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
  return withoutConflict(() => listen(reservedPort()), 0);
}

function reservedPort(): number {
  Deno.mkdirSync(RESERVATIONS, { recursive: true });
  for (let attempt = 1;; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    // Where thousands are reserved, any may do.
    if (isReservedNow(`${RESERVATIONS}/${port}`) || attempt === MAX_ATTEMPTS) return port;
  }
}

// Whether the reservation could be made.
function isReservedNow(file: string): boolean {
  try {
    const age = Date.now() - (Deno.statSync(file).mtime?.getTime() ?? 0);
    if (age < RESERVED_FOR_MS) return false;
    Deno.removeSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  try {
    Deno.openSync(file, { write: true, createNew: true }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
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
