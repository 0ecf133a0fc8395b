/**
 * Ports for servers that are stopped and started again.
 *
 * @module
 */

// Below the range that Linux takes the local ends of connections from (32768 and up): there, a
// client that keeps trying a closed port is one day connected to itself.
const FIRST = 20_000;
const LAST = 31_999;

/** A port of the loopback interface that nobody listens on. */
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
