/**
 * Connects to a directory server.
 *
 * @module
 */

import type { Socket } from "node:net";
import { type Endpoint, formatEndpoint } from "../../net/endpoint.ts";
import { openSocket, startTls } from "../../net/socket.ts";
import type { Trust } from "../../net/trust.ts";
import { throwIfAborted } from "../deadline.ts";
import { toStoreError } from "./error.ts";
import { requestStartTls } from "./start_tls.ts";

/** A directory server. */
export interface LdapTarget extends Endpoint {
  /** TLS from the start (LDAPS), TLS on request (STARTTLS), or none. */
  readonly tls: boolean | "starttls";
  readonly trust: Trust;
}

/**
 * Connects, with TLS if the target requires it.
 *
 * @throws {StoreError} If the connection fails or the signal is aborted.
 */
export async function connectLdap(
  store: string,
  target: LdapTarget,
  signal: AbortSignal,
): Promise<Socket> {
  function secure(socket: Socket, closed: AbortSignal): Promise<Socket> {
    const handshake = () => startTls(socket, target, target.trust, closed);
    if (target.tls === true) return handshake();
    return requestStartTls(store, formatEndpoint(target), socket, handshake);
  }
  try {
    return await openSocket(target, signal, target.tls === false ? undefined : secure);
  } catch (error) {
    throwIfAborted(store, signal);
    throw toStoreError(store, error);
  }
}
