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

/**
 * Keeps errors of a socket from ending the service. A driver that removes all listeners of a closed socket
 * removes those of its errors too, and on Deno 2.6 the error of a write may follow.
 */
export function ignoreLateErrors(socket: Socket): void {
  const removeAllListeners = socket.removeAllListeners.bind(socket);
  // Without an event it removes those of all.
  socket.removeAllListeners = (...events: [event?: string | symbol]) => {
    removeAllListeners(...events);
    return socket.on("error", () => {});
  };
}

/** The error of a connection that closed without one. */
export function connectionEnded(): Error {
  return Object.assign(new Error("the connection has ended"), { code: "ECONNRESET" });
}
