/**
 * Encrypting a connection to PostgreSQL (its documentation, "SSL Session Encryption").
 *
 * @module
 */

import type { Socket } from "node:net";
import { formatEndpoint } from "../../net/endpoint.ts";
import { startTls } from "../../net/socket.ts";
import { StoreError } from "../port.ts";
import { lossOf, type OpenSocket } from "./connect.ts";
import type { SqlTrust } from "./tls_mode.ts";

const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);
const YES = "S".charCodeAt(0);

/**
 * Asks for TLS and starts it.
 *
 * @throws {StoreError} `misconfigured`, when the server has no TLS and it is required.
 * @throws {Error} When the connection fails, or the certificate does not verify.
 */
export async function secure(
  store: string,
  { socket, endpoint }: OpenSocket,
  trust: SqlTrust,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  // At once: while older Deno goes on reading the socket itself, TLS gets nothing to read.
  socket.once("data", (answer: Uint8Array) => {
    // More than one byte may be what somebody else has put there before the encryption.
    if (answer.length === 1 && answer[0] === YES) {
      return resolve(startTls(socket, endpoint, trust));
    }
    if (answer.length === 1 && trust.optional) return resolve(socket);
    const reason = `${formatEndpoint(endpoint)} offers no TLS: see sslmode`;
    reject(new StoreError(store, "misconfigured", reason));
  });
  socket.write(SSL_REQUEST);
  return await Promise.race([promise, lossOf(socket)]);
}
