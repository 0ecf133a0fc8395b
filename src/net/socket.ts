/**
 * Opens TCP and TLS connections.
 *
 * @module
 */

import { connect, isIP, type Socket } from "node:net";
import {
  connect as connectTls,
  type ConnectionOptions,
  type DetailedPeerCertificate,
} from "node:tls";
import { onAbort } from "./abort.ts";
import type { Endpoint } from "./endpoint.ts";
import { socketError, TlsError } from "./socket_error.ts";
import { describeTlsFault } from "./tls_fault.ts";
import type { Trust } from "./trust.ts";
import { peerFault, reportsCertificates, verifiedPeerFault } from "./verify_peer.ts";

// Shorter than the time after which firewalls drop idle connections.
const KEEP_ALIVE_MS = 60_000;

/**
 * Connects. The caller destroys the socket, also if the signal is aborted later.
 *
 * @param secure Starts TLS, immediately or on request; without it there is no TLS. Its signal is
 * aborted if the connection fails.
 * @throws {SocketError | TlsError} If the connection fails. If the signal is aborted, its reason.
 */
export async function openSocket(
  endpoint: Endpoint,
  signal: AbortSignal,
  secure?: (socket: Socket, signal: AbortSignal) => Promise<Socket>,
): Promise<Socket> {
  signal.throwIfAborted();
  const { host, port } = endpoint;
  const closed = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host, port, autoSelectFamily: true });
  const fail = (error?: Error) => reject(socketError(endpoint, error, secure !== undefined));
  socket.on("error", fail).on("close", () => fail());
  socket.once("connect", () => {
    socket.setKeepAlive(true, KEEP_ALIVE_MS).setNoDelay(true);
    // In this event: on Deno 2.6 a handshake that begins later never ends. And without a promise in
    // between: if a server that speaks first is read before its driver listens, Deno 2.6 loses bytes
    // of the handshake.
    if (secure) secure(socket, closed.signal).then(resolve, reject);
    else resolve(socket);
  });
  using _listener = onAbort(signal, () => reject(signal.reason));
  try {
    return await promise;
  } catch (error) {
    closed.abort(error);
    socket.destroy();
    throw error;
  }
}

/**
 * Starts TLS on a connection. Deno 2.6 reports the connection as secured before the handshake: it
 * sends nothing before the handshake is complete, but a certificate that does not verify may show
 * only when something is read or written.
 *
 * @throws {SocketError | TlsError} If TLS fails. If the signal is aborted, its reason.
 */
export async function startTls(
  socket: Socket,
  endpoint: Endpoint,
  trust: Trust,
  signal: AbortSignal,
): Promise<Socket> {
  const { host } = endpoint;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const options = {
    socket,
    ...tlsOptions(host, trust),
    // So that the certificate can be examined if it does not verify: it is checked below.
    ...(reportsCertificates
      ? { rejectUnauthorized: false, checkServerIdentity: () => undefined }
      : {}),
  };
  const secured = connectTls(options, () => {
    const fault = peerFault(secured, host, trust);
    if (!fault) return resolve();
    reject(new TlsError(endpoint, fault));
    secured.destroy();
  });
  secured.on("error", (error) => reject(socketError(endpoint, error, true)));
  using _listener = onAbort(signal, () => reject(signal.reason));
  try {
    await promise;
    return secured;
  } catch (error) {
    secured.destroy();
    throw error;
  }
}

// Deno 2.6 checks the name itself, unless it is given a function for that, which it does not call.
function nameCheck(
  host: string,
  trust: Trust,
): Pick<ConnectionOptions, "checkServerIdentity"> {
  if (!reportsCertificates && trust.verify && !trust.anyHost) return {};
  return {
    checkServerIdentity(_name, peer) {
      if (!trust.verify || !reportsCertificates) return undefined;
      const fault = verifiedPeerFault(peer as DetailedPeerCertificate, host, trust);
      return fault && new Error(describeTlsFault(fault, host));
    },
  };
}

/** The options of node:tls for a host, where another library starts TLS. */
export function tlsOptions(host: string, trust: Trust): ConnectionOptions {
  return {
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(trust.ca ? { ca: [...trust.ca] } : {}),
    rejectUnauthorized: trust.verify,
    ...nameCheck(host, trust),
  };
}
