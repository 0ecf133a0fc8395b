/**
 * A TCP proxy to a server on loopback that records what is sent to the server.
 *
 * @module
 */

/** A running tap. */
export interface Tap extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /**
   * Everything that was sent to the server so far, one connection after the other, as one character
   * per byte.
   */
  sent(): string;
  /** Closes the connections that there are. */
  cut(): void;
}

/** Starts it in front of a port of 127.0.0.1. */
export function startTap(target: number): Tap {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const chunks: Uint8Array[][] = [];
  const connections: Promise<unknown>[] = [];
  let sockets: Deno.TcpConn[] = [];
  const accepting = accept();
  async function accept(): Promise<void> {
    for await (const client of listener) connections.push(join(client));
  }
  async function join(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    sockets.push(client, server);
    const own: Uint8Array[] = [];
    chunks.push(own);
    const kept = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        own.push(chunk.slice());
        controller.enqueue(chunk);
      },
    });
    // When one direction ends, the other does.
    await Promise.allSettled([
      client.readable.pipeThrough(kept).pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  }
  return {
    port: listener.addr.port,
    sent: () => chunks.flat().map((chunk) => new TextDecoder("latin1").decode(chunk)).join(""),
    cut() {
      for (const socket of sockets) {
        try {
          socket.close();
        } catch {
          // It was closed already.
        }
      }
      sockets = [];
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(connections);
    },
  };
}
