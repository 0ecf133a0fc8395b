/**
 * Connections that send nothing, or a request's head that does not end.
 *
 * @module
 */

/** Connections that are opened again when they are closed, until it is disposed of. */
export interface IdleConnections extends AsyncDisposable {
  /** How many times one was opened. */
  readonly opened: number;
}

const PAUSE_MS = 50;
const HEAD = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");

/** Holds so many connections to a port of the loopback interface. */
export function holdIdleConnections(port: number, count: number): IdleConnections {
  const open = new Set<Deno.TcpConn>();
  let ended = false;
  let opened = 0;

  async function hold(number: number): Promise<void> {
    while (!ended) {
      try {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port });
        opened++;
        open.add(connection);
        if (number % 2 === 0) await connection.write(HEAD);
        while (!ended && await connection.read(new Uint8Array(100)) !== null);
        open.delete(connection);
      } catch {
        // Refused, or cut.
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  const holders = Array.from({ length: count }, (_, number) => hold(number));
  return {
    get opened() {
      return opened;
    },
    async [Symbol.asyncDispose]() {
      ended = true;
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // It is closed already.
        }
      }
      await Promise.all(holders);
    },
  };
}
