/**
 * Requests that are refused, or that anybody may send, whose bodies never end.
 *
 * @module
 */

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
  target: { readonly method: "PUT" | "POST"; readonly path: string },
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
  target: { readonly method: "PUT" | "POST"; readonly path: string },
  load: UnfinishedBodies,
): Promise<Cost> {
  return await flood(service, load, [
    new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    frame(SETTINGS, 0, 0, new Uint8Array()),
    frame(HEADERS, END_HEADERS, 1, requestHeaders(target.method, target.path)),
    // Frames of the size that every peer takes (section 4.2).
    ...Array.from(
      { length: Math.floor(load.bytes / 16_384) },
      () => frame(DATA, 0, 1, new Uint8Array(16_384)),
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

// Frame types and flags (RFC 9113, section 6).
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const END_HEADERS = 4;

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(9 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, payload.length >> 16);
  view.setUint16(1, payload.length & 0xffff);
  view.setUint8(3, type);
  view.setUint8(4, flags);
  view.setUint32(5, stream);
  bytes.set(payload, 9);
  return bytes;
}

// Literal fields without indexing (RFC 7541, section 6.2.2).
function requestHeaders(method: string, path: string): Uint8Array {
  const fields = { ":method": method, ":scheme": "http", ":authority": "127.0.0.1", ":path": path };
  const bytes = Object.entries(fields).flatMap(([name, value]) => [
    0,
    name.length,
    ...new TextEncoder().encode(name),
    ...length(value.length),
    ...new TextEncoder().encode(value),
  ]);
  return new Uint8Array(bytes);
}

// An integer with a prefix of 7 bits (RFC 7541, section 5.1).
function length(value: number): number[] {
  if (value < 127) return [value];
  const bytes = [127];
  for (value -= 127; value >= 128; value = Math.floor(value / 128)) bytes.push(128 + value % 128);
  return [...bytes, value];
}
