/**
 * Ports for servers that are stopped and started again.
 *
 * @module
 */

// Below the range of Linux for outgoing connections (32768 and up): there, a client that keeps
// trying a closed port eventually connects to itself.
const FIRST = 20_000;
const LAST = 31_999;

/** A port of the loopback interface without a listener. */
export function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`Cannot find a free port between ${FIRST} and ${LAST}`);
}
