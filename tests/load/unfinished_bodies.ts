/**
 * Requests that are refused, or that anybody may send, whose bodies never end.
 *
 * @module
 */

import { END_HEADERS, FRAME, frame, PREFACE, requestHeaders } from "./http2_frames.ts";
import type { Cost, LoadedService } from "./service.ts";

/** How large the load is. */
export interface UnfinishedBodies {
  /** How many connections there are at the same time. */
  readonly connections: number;
  /** How many bytes of its body each sends before it stops. */
  readonly bytes: number;
  /** How long they stay, in milliseconds. */
  readonly stayMs: number;
}

/** The same over HTTP/1.1: a request line, a length, and part of the body. */
export async function loadUnfinishedBodies(
  service: LoadedService,
  target: { readonly method: string; readonly path: string },
  load: UnfinishedBodies,
): Promise<Cost> {
  const head = `${target.method} ${target.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
    "Content-Type: application/x-www-form-urlencoded\r\n" +
    `Content-Length: ${load.bytes + 1}\r\n\r\n`;
  return await flood(service, load, [new TextEncoder().encode(head), new Uint8Array(load.bytes)]);
}

/** The same over HTTP/2 with prior knowledge (RFC 9113, section 3.3). */
export async function loadUnfinishedStreams(
  service: LoadedService,
  target: { readonly method: string; readonly path: string },
  load: UnfinishedBodies,
): Promise<Cost> {
  return await flood(service, load, [
    PREFACE,
    frame(FRAME.settings, 0, 0),
    frame(
      FRAME.headers,
      END_HEADERS,
      1,
      requestHeaders({
        ":method": target.method,
        ":scheme": "http",
        ":authority": "127.0.0.1",
        ":path": target.path,
      }),
    ),
    // Frames of the size that every peer takes (section 4.2).
    ...Array.from(
      { length: Math.floor(load.bytes / 16_384) },
      () => frame(FRAME.data, 0, 1, new Uint8Array(16_384)),
    ),
  ]);
}

async function flood(
  service: LoadedService,
  load: UnfinishedBodies,
  parts: readonly Uint8Array[],
): Promise<Cost> {
  const open = new Set<Deno.TcpConn>();
  const cost = await service.measure(async () => {
    await Promise.allSettled(
      Array.from({ length: load.connections }, () => send(service.port, parts, open)),
    );
    await new Promise((resolve) => setTimeout(resolve, load.stayMs));
  });
  for (const connection of open) close(connection);
  return cost;
}

async function send(
  port: number,
  parts: readonly Uint8Array[],
  open: Set<Deno.TcpConn>,
): Promise<void> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  open.add(connection);
  void discard(connection);
  // A server that does not read blocks the writer: that is enough of a load as well.
  const written = (async () => {
    for (const part of parts) {
      for (let rest = part; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    }
  })().catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([written, new Promise((resolve) => timer = setTimeout(resolve, 10_000))]);
  clearTimeout(timer);
}

async function discard(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // Cut by the server, or closed here.
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
