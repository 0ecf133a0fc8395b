/**
 * Encrypting a connection to PostgreSQL (its documentation, "SSL Session Encryption").
 *
 * @module
 */

import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { StoreError } from "./port.ts";
import { isAddress } from "./server_address.ts";
import { lossOf, type OpenSocket } from "./sql_socket.ts";
import type { Trust } from "./sql_trust.ts";

const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);
const YES = "S".charCodeAt(0);

/**
 * Asks for TLS and starts it.
 *
 * @throws {StoreError} `misconfigured`, when the server has no TLS and it is required.
 * @throws {Error} When the connection fails, or the certificate does not verify.
 */
export async function secure(store: string, open: OpenSocket, trust: Trust): Promise<Socket> {
  const { socket, endpoint: { host, port } } = open;
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  socket.once("data", resolve);
  socket.write(SSL_REQUEST);
  const answer = await Promise.race([promise, lossOf(socket)]);
  // More than one byte may be what somebody else has put there before the encryption.
  if (answer.length !== 1 || answer[0] !== YES) {
    if (trust.optional && answer.length === 1) return socket;
    throw new StoreError(store, "misconfigured", `${host}:${port} offers no TLS: see sslmode`);
  }
  socket.removeAllListeners();
  const secured = connectTls({
    socket,
    host,
    ...(isAddress(host) ? {} : { servername: host }),
    ...(trust.ca ? { ca: [...trust.ca] } : {}),
    rejectUnauthorized: trust.verify,
    ...(trust.verify && !trust.name ? { checkServerIdentity: () => undefined } : {}),
  });
  const ready = new Promise<void>((resolve) => secured.once("secureConnect", resolve));
  await Promise.race([ready, lossOf(secured)]);
  return secured;
}
