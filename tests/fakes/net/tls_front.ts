/**
 * A server of any protocol that begins with TLS, or asks for it, and says nothing afterwards.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Identity } from "./faulty_certificates.ts";

/** What is said before TLS. */
export interface Preamble {
  /** What the server sends first. */
  readonly greeting?: Uint8Array | undefined;
  /** Its answers to what the client sends; after the last one TLS begins. */
  readonly answers: readonly Uint8Array[];
  /** How many bytes the client sends before TLS, if it does not wait for an answer to them. */
  readonly requestBytes?: number | undefined;
  /** What the server sends first over TLS. */
  readonly secureGreeting?: Uint8Array | undefined;
}

/** The server. */
export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  /** How many connections sent something over TLS: those trusted the certificate. */
  readonly trusted: number;
}

/** Starts a server with this certificate. A connection is closed once something was sent over TLS. */
export async function startTlsFront(identity: Identity, preamble?: Preamble): Promise<TlsFront> {
  let trusted = 0;
  const sockets = new Set<Socket>();
  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  }
  const inner = createTlsServer({ cert: identity.cert, key: identity.key }, (socket) => {
    socket.on("error", () => {});
    if (preamble?.secureGreeting) socket.write(preamble.secureGreeting);
    socket.once("data", () => {
      trusted++;
      socket.destroy();
    });
  });
  inner.on("connection", track);
  inner.on("tlsClientError", () => {});
  const innerPort = await listen(inner);
  const outer = createServer((client) => {
    track(client);
    const { greeting, answers, requestBytes } = preamble ?? { answers: [] };
    if (greeting) client.write(greeting);
    const left = [...answers];
    const pipe = (first: Uint8Array = new Uint8Array()) => {
      const server = connect(innerPort, "127.0.0.1");
      track(server);
      server.write(first);
      client.pipe(server).pipe(client);
      server.once("close", () => client.destroy());
      client.once("close", () => server.destroy());
    };
    if (left.length === 0) return pipe();
    client.on("data", function answer(data: Buffer) {
      client.write(left.shift() ?? new Uint8Array());
      if (left.length > 0) return;
      client.off("data", answer);
      client.pause();
      pipe(requestBytes === undefined ? undefined : data.subarray(requestBytes));
    });
  });
  const port = await listen(outer);
  return {
    port,
    get trusted() {
      return trusted;
    },
    async [Symbol.asyncDispose]() {
      const closed = [outer, inner].map((server) => close(server));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address ? address.port : 0);
  });
  return promise;
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}
