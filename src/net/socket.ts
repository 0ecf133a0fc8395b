/**
 * Opens TCP and TLS connections.
 *
 * @module
 */

import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { onAbort } from "./abort.ts";
import type { Endpoint } from "./endpoint.ts";
import { socketError } from "./socket_error.ts";
import type { Trust } from "./trust.ts";

// Shorter than firewalls forget quiet connections, in milliseconds.
const KEEP_ALIVE_MS = 60_000;

/**
 * Connects. Destroying the socket is left to the caller, also when the signal is aborted later.
 *
 * @param secure Starts TLS, at once or on request; without it there is none.
 * @throws {SocketError | TlsError} When it fails. When the signal is aborted, its reason.
 */
export async function openSocket(
  endpoint: Endpoint,
  signal: AbortSignal,
  secure?: (socket: Socket) => Promise<Socket>,
): Promise<Socket> {
  signal.throwIfAborted();
  const { host, port } = endpoint;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const socket = connect({ host, port, autoSelectFamily: true });
  const fail = (error?: Error) => reject(socketError(endpoint, error, secure !== undefined));
  socket.on("error", fail).on("close", () => fail());
  const ready = new Promise<Socket>((resolve) => {
    socket.once("connect", () => {
      socket.setKeepAlive(true, KEEP_ALIVE_MS).setNoDelay(true);
      // In this event: Deno 2.6 waits for ever when the handshake begins later.
      resolve(secure ? secure(socket) : socket);
    });
  });
  using _listener = onAbort(signal, () => reject(signal.reason));
  try {
    return await Promise.race([ready, failed]);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * Continues a connection with TLS. On Deno 2.6 the certificate may turn out not to verify only when
 * something is read or written: it calls a connection secured before the handshake, but sends nothing
 * before it is done.
 *
 * @throws {SocketError | TlsError} When it fails.
 */
export async function startTls(
  socket: Socket,
  endpoint: Endpoint,
  trust: Trust,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const secured = connectTls({ socket, ...tlsOptions(endpoint.host, trust) }, resolve);
  secured.on("error", (error) => reject(socketError(endpoint, error, true)));
  socket.once("close", () => secured.destroy());
  try {
    await promise;
    return secured;
  } catch (error) {
    secured.destroy();
    throw error;
  }
}

/** The options of node:tls. */
export function tlsOptions(host: string, trust: Trust): ConnectionOptions {
  return {
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(trust.ca ? { ca: [...trust.ca] } : {}),
    rejectUnauthorized: trust.verify,
    ...(trust.verify && trust.anyHost ? { checkServerIdentity: () => undefined } : {}),
  };
}
