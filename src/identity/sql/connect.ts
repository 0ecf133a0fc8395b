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

/** What a connection is made with. */
export interface ConnectOptions {
  /** The store's name, for errors. */
  readonly store: string;
  /** Where to, and who logs in. */
  readonly address: ServerAddress;
  /** Which certificates are trusted; `undefined` without TLS. */
  readonly trust: SqlTrust | undefined;
  /** How long the server may work on a query, in milliseconds. */
  readonly timeout: number;
}

/** A connection, and where it leads. */
export interface OpenSocket {
  /** The connection. Destroying it ends all that waits for it. */
  readonly socket: Socket;
  /** The one of several servers that was connected to. */
  readonly endpoint: Endpoint;
}

/**
 * Connects to the first server that can be reached. Destroying the socket is left to the caller.
 *
 * @throws {StoreError} When none can be: the first one's.
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

/** Rejects when the socket fails or ends, so that nothing waits for it; it never resolves. */
export function lossOf(socket: Socket): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  socket.on("error", reject).on("close", () => reject(connectionEnded()));
  promise.catch(() => {}); // Nobody may be waiting.
  return promise;
}

/** The error of a connection that has ended without one. */
export function connectionEnded(): Error {
  return Object.assign(new Error("the connection has ended"), { code: "ECONNRESET" });
}
