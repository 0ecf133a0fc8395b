/**
 * The connection to a database server, before a word is said.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { sqlError } from "./error.ts";
import type { Endpoint } from "./server_address.ts";

/** A connection, and where it leads. */
export interface OpenSocket {
  /** The connection. Destroying it ends all that waits for it. */
  readonly socket: Socket;
  /** The one of several servers that was connected to. */
  readonly endpoint: Endpoint;
}

/**
 * Connects to the first server that can be. The caller destroys the socket; so does the signal.
 *
 * @throws {StoreError} When none can be; it tells of the first one.
 */
export async function connectFirst(
  store: string,
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
): Promise<OpenSocket> {
  const errors: unknown[] = [];
  for (const endpoint of endpoints) {
    try {
      return { socket: await connectSocket(endpoint, signal), endpoint };
    } catch (error) {
      errors.push(sqlError(store, "connect", endpoint, error));
      if (signal.aborted) break;
    }
  }
  throw errors[0];
}

async function connectSocket({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port, autoSelectFamily: true });
  const onAbort = () => socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("connect", resolve).once("error", reject).once("close", () => reject(ended()));
  if (signal.aborted) socket.destroy();
  try {
    await promise;
    socket.setKeepAlive(true, 60_000);
    socket.setNoDelay(true);
    return socket;
  } catch (error) {
    signal.removeEventListener("abort", onAbort);
    socket.on("error", () => {}).destroy();
    throw error;
  }
}

/** Rejects when the socket fails or ends, so that nothing waits for it; it never resolves. */
export function lossOf(socket: Socket): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  socket.on("error", reject).on("close", () => reject(ended()));
  promise.catch(() => {}); // Nobody may be waiting.
  return promise;
}

/** What a connection that has ended without a word fails with. */
export function ended(): Error {
  return Object.assign(new Error("the connection has ended"), { code: "ECONNRESET" });
}
