/**
 * Finds out which protocol a port speaks, where a client was configured for another one.
 *
 * @module
 */

import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../system/clock.ts";
import { ByteReader } from "./byte_reader.ts";
import type { Endpoint } from "./endpoint.ts";
import { openSocket, tlsOptions } from "./socket.ts";
import { timeLimit } from "./timeout.ts";

const MAX_PROBE_MS = 2000;

/** Whether a port speaks HTTP without TLS. The request contains nothing of the caller's. */
export function speaksHttp(endpoint: Endpoint, clock: Clock, signal: AbortSignal) {
  return probe(endpoint, clock, signal, async (socket) => {
    const reader = new ByteReader(socket);
    socket.write("HEAD / HTTP/1.0\r\n\r\n");
    return (await reader.readLine(1024))?.startsWith("HTTP/") ?? false;
  });
}

/** Whether a port speaks TLS, with any certificate. Nothing is sent over it. */
export function speaksTls(endpoint: Endpoint, clock: Clock, signal: AbortSignal) {
  return probe(endpoint, clock, signal, (socket) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const options = { ...tlsOptions(endpoint.host, { verify: false }), socket };
    const secured = connectTls(options, () => {
      // Deno 2.6 says so before the handshake.
      resolve(secured.getProtocol() !== null);
      secured.destroy();
    });
    secured.on("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    return promise;
  });
}

/** Whether a connection of its own shows something, within a moment. */
export async function probe(
  endpoint: Endpoint,
  clock: Clock,
  signal: AbortSignal,
  ask: (socket: Socket) => Promise<boolean>,
): Promise<boolean> {
  using limit = timeLimit(clock, MAX_PROBE_MS);
  const ended = AbortSignal.any([signal, limit.signal]);
  let socket: Socket | undefined;
  const onEnd = () => socket?.destroy();
  ended.addEventListener("abort", onEnd, { once: true });
  try {
    socket = await openSocket(endpoint, ended);
    socket.on("error", () => {});
    return await ask(socket);
  } catch {
    return false;
  } finally {
    ended.removeEventListener("abort", onEnd);
    socket?.destroy();
  }
}
