/**
 * Reads a socket on demand.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";

// The server is not read further ahead.
const MAX_AHEAD_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The bytes that arrive on a socket. Only one read may be pending. */
export class ByteReader {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  /** Whether anything has arrived; may be reset. */
  hasReceived = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.hasReceived = true;
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      if (this.#buffer.length > MAX_AHEAD_BYTES) socket.pause();
      this.#notify();
    });
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    socket.on("error", (error) => {
      this.#error ??= error;
      this.#end();
    });
  }

  /** Whether nothing has arrived that was not read. */
  get isEmpty(): boolean {
    return this.#buffer.length === 0;
  }

  /** Whether the connection has ended. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** The first byte that has not been read, once there is one; `undefined` at the end. */
  async peek(): Promise<number | undefined> {
    while (this.#buffer.length === 0 && !this.#ended) await this.#more();
    this.#throwError();
    return this.#buffer[0];
  }

  /** At most so many bytes, at least one; `undefined` at the end. */
  async read(maxBytes = Infinity): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (await this.peek() === undefined) return undefined;
    return this.#take(Math.min(maxBytes, this.#buffer.length));
  }

  /** A line without its end (CR LF, or LF), as Latin-1; `undefined` if it is longer. */
  async readLine(maxBytes: number): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf(LINE_FEED);
      if (end >= maxBytes || (end < 0 && this.#buffer.length > maxBytes)) return undefined;
      if (end >= 0) {
        const line = this.#take(end + 1);
        const length = line[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
        return Buffer.from(line.buffer, 0, length).toString("latin1");
      }
      if (this.#ended) {
        this.#throwError();
        throw connectionClosed();
      }
      await this.#more();
    }
  }

  // A copy, as what is read may be kept.
  #take(bytes: number): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(bytes);
    taken.set(this.#buffer.subarray(0, bytes));
    this.#buffer = this.#buffer.subarray(bytes);
    if (this.#socket.isPaused()) this.#socket.resume();
    return taken;
  }

  #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }

  #end(): void {
    this.#ended = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #throwError(): void {
    if (this.#error && this.#buffer.length === 0) throw this.#error;
  }
}

function connectionClosed(): Error {
  return Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });
}
