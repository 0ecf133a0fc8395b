/**
 * Connects to a database server.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Endpoint } from "../net/endpoint.ts";
import { openSocket } from "../net/socket.ts";

/** A connection to one of an address's servers. */
export interface OpenSocket {
  readonly socket: Socket;
  readonly endpoint: Endpoint;
}

/**
 * Connects to the first server that can be reached. The caller destroys the socket.
 *
 * @param failed Converts the error of a server that cannot be reached.
 * @throws If none can be reached: the converted error of the first one.
 */
export async function connectFirst(
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
  failed: (endpoint: Endpoint, cause: unknown) => Error,
): Promise<OpenSocket> {
  const errors: unknown[] = [];
  for (const endpoint of endpoints) {
    try {
      return { socket: await openSocket(endpoint, signal), endpoint };
    } catch (error) {
      errors.push(failed(endpoint, error));
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
