/**
 * Connects to a database server.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Endpoint } from "../../net/endpoint.ts";
import { openSocket } from "../../net/socket.ts";
import { sqlError } from "./error.ts";
import type { ServerAddress } from "./server_address.ts";
import type { SqlTrust } from "./tls_mode.ts";

/** Options of a connection. */
export interface ConnectOptions {
  /** The store's name, for errors. */
  readonly store: string;
  readonly address: ServerAddress;
  /** Which certificates are trusted; `undefined` without TLS. */
  readonly trust: SqlTrust | undefined;
  /** How long the server may work on a query, in milliseconds. */
  readonly timeout: number;
}

/** A connection to one of an address's servers. */
export interface OpenSocket {
  readonly socket: Socket;
  readonly endpoint: Endpoint;
}

/**
 * Connects to the first server that can be reached. The caller destroys the socket.
 *
 * @throws {StoreError} If none can be reached: the error of the first one.
 */
export async function connectFirst(
  store: string,
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
): Promise<OpenSocket> {
  const errors: unknown[] = [];
  for (const endpoint of endpoints) {
    try {
      return { socket: await openSocket(endpoint, signal), endpoint };
    } catch (error) {
      errors.push(sqlError(store, "connect", endpoint, error));
      if (signal.aborted) break;
    }
  }
  throw errors[0];
}

/** Rejects when the socket fails or closes; it never resolves. */
export function lossOf(socket: Socket): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  socket.on("error", reject).on("close", () => reject(connectionEnded()));
  promise.catch(() => {}); // It may not be awaited.
  return promise;
}

/** The error of a connection that closed without one. */
export function connectionEnded(): Error {
  return Object.assign(new Error("the connection has ended"), { code: "ECONNRESET" });
}
