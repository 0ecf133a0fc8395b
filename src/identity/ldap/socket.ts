/**
 * Connects to a directory server.
 *
 * @module
 */

import type { Socket } from "node:net";
import { type Endpoint, formatEndpoint } from "../../net/endpoint.ts";
import { openSocket, startTls } from "../../net/socket.ts";
import type { Trust } from "../../net/trust.ts";
import { refuseAborted } from "../deadline.ts";
import { toStoreError } from "./error.ts";
import { requestStartTls } from "./start_tls.ts";

/** Where a directory server is, and how it is reached. */
export interface LdapTarget extends Endpoint {
  /** TLS from the start, TLS after a request in the clear, or none. */
  readonly tls: boolean | "starttls";
  /** Which certificates are trusted. */
  readonly trust: Trust;
}

/**
 * Connects, with TLS where it is asked for.
 *
 * @throws {StoreError} When it fails or is called off.
 */
export async function connectLdap(
  store: string,
  target: LdapTarget,
  signal: AbortSignal,
): Promise<Socket> {
  function secure(socket: Socket): Promise<Socket> {
    const shakeHands = () => startTls(socket, target, target.trust);
    if (target.tls === true) return shakeHands();
    return requestStartTls(store, formatEndpoint(target), socket, shakeHands);
  }
  try {
    return await openSocket(target, signal, target.tls === false ? undefined : secure);
  } catch (error) {
    refuseAborted(store, signal);
    throw toStoreError(store, error);
  }
}
