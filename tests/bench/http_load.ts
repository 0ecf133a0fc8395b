/**
 * Writes transactions to a service as fast as it answers, over connections that are kept.
 *
 * @module
 */

import { number, type Request } from "./bodies.ts";

/** What was done. */
export interface Pushed {
  readonly requests: number;
  readonly invites: number;
  readonly seconds: number;
  /** The time of each answer in milliseconds, in no order. */
  readonly latencies: readonly number[];
}

/** When to stop: after a time, or after so many requests. */
export type Until = { readonly seconds: number } | { readonly requests: number };

// Every request of a run has a number of its own.
let next = 1;

/**
 * Pushes the requests in turn.
 *
 * @throws {Error} When an answer is not 200.
 */
export async function push(
  port: number,
  connections: readonly (readonly Request[])[],
  until: Until,
): Promise<Pushed> {
  const begun = performance.now();
  const end = "seconds" in until ? begun + until.seconds * 1000 : Infinity;
  const most = "requests" in until ? until.requests : Infinity;
  const latencies: number[] = [];
  let begunRequests = 0;
  let invites = 0;
  async function connection(requests: readonly Request[]): Promise<void> {
    using socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay();
    const buffer = new Uint8Array(4096);
    for (let turn = 0; performance.now() < end && begunRequests < most; turn++) {
      begunRequests++;
      const request = requests[turn % requests.length];
      if (!request) throw new Error("no request");
      number(request, next++);
      const sent = performance.now();
      await writeAll(socket, request.bytes);
      await readAnswer(socket, buffer);
      latencies.push(performance.now() - sent);
      invites += request.invites;
    }
  }
  await Promise.all(connections.map(connection));
  const seconds = (performance.now() - begun) / 1000;
  return { requests: latencies.length, invites, seconds, latencies };
}

async function writeAll(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await socket.write(bytes.subarray(written));
  }
}

const decoder = new TextDecoder();

async function readAnswer(socket: Deno.Conn, buffer: Uint8Array): Promise<void> {
  let text = "";
  for (;;) {
    const count = await socket.read(buffer);
    if (count === null) throw new Error(`the connection was closed after "${text}"`);
    text += decoder.decode(buffer.subarray(0, count));
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) continue;
    if (!text.startsWith("HTTP/1.1 200")) throw new Error(`not 200: "${text}"`);
    const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1]);
    if (text.length >= head + 4 + length) return;
  }
}
