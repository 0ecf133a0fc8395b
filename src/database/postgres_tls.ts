/**
 * Encrypts a connection to PostgreSQL (see "SSL Session Encryption" in its documentation).
 *
 * @module
 */

import type { Socket } from "node:net";
import { startTls } from "../net/socket.ts";
import { lossOf, type OpenSocket } from "./connect.ts";
import type { SqlTrust } from "./tls_mode.ts";

const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);
const YES = "S".charCodeAt(0);

/** The server does not offer TLS, which is required. */
export class TlsNotOffered extends Error {
  override readonly name = "TlsNotOffered";

  constructor() {
    super("the server does not offer TLS");
  }
}

/**
 * Requests TLS and starts it.
 *
 * @throws {TlsNotOffered} If TLS is required and the server does not offer it.
 * @throws {Error} If the connection fails or the certificate does not verify.
 */
export async function secure(
  { socket, endpoint }: OpenSocket,
  trust: SqlTrust,
  signal: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  // In this event: Deno 2.6 would go on reading the socket itself, and TLS would get nothing to read.
  socket.once("data", (response: Uint8Array) => {
    // Further bytes may have been injected before the encryption.
    if (response.length === 1 && response[0] === YES) {
      return resolve(startTls(socket, endpoint, trust, signal));
    }
    if (response.length === 1 && trust.optional) return resolve(socket);
    reject(new TlsNotOffered());
  });
  socket.write(SSL_REQUEST);
  return await Promise.race([promise, lossOf(socket)]);
}
