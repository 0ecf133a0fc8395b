/**
 * Reads from a connection: heads and lines within a limit, and the bytes of bodies.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** What of a connection is needed. */
export type Source = Pick<Deno.Conn, "read">;

/** The client ended the connection in the middle of a request. */
export class UnexpectedEnd extends Error {
  /** The name of this kind of error. */
  override readonly name = "UnexpectedEnd";
}

/** The largest head of a request, in bytes. */
export const MAX_HEAD_BYTES: number = 16 * 1024;

// Enough for most heads.
const USUAL_HEAD_BYTES = 4 * 1024;
// What one read of a body takes at most.
const MAX_CHUNK_BYTES = 64 * 1024;
const LF = 0x0a;

/** What comes on a connection. */
export class Input {
  readonly #source: Source;
  // What was read from the connection and not yet taken: from #start to #end.
  #buffer = Buffer.alloc(USUAL_HEAD_BYTES);
  #start = 0;
  #end = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * The next head without the empty line at its end, as Latin-1. `undefined` when the client ended the
   * connection, "too large" when there is none within the limit.
   *
   * @param onBegin Called when its first byte has arrived.
   */
  async readHead(onBegin: () => void): Promise<string | "too large" | undefined> {
    this.#skipEmptyLine();
    for (let begun = false;;) {
      if (this.#end > this.#start && !begun) {
        begun = true;
        onBegin();
      }
      const length = this.#unread().indexOf("\r\n\r\n");
      if (length >= 0) return this.#take(length + 4).toString("latin1", 0, length);
      if (this.#unread().length === MAX_HEAD_BYTES) return "too large";
      if (!await this.#readMore()) return undefined;
      if (!begun) this.#skipEmptyLine();
    }
  }

  /**
   * The next line without its end; `undefined` when it is longer than the limit, or when it does not
   * end with CR and LF.
   *
   * @throws {UnexpectedEnd} When the client ended the connection.
   */
  async readLine(maxBytes: number): Promise<string | undefined> {
    while (true) {
      const end = this.#unread().indexOf(LF);
      if (end >= 0) {
        const line = this.#take(end + 1).toString("latin1");
        return line.length <= maxBytes + 2 && line.endsWith("\r\n") ? line.slice(0, -2) : undefined;
      }
      if (this.#unread().length > maxBytes + 1) return undefined;
      if (!await this.#readMore()) throw new UnexpectedEnd();
    }
  }

  /**
   * At least one of the next bytes, and at most so many; they are the caller's.
   *
   * @throws {UnexpectedEnd} When the client ended the connection.
   */
  async read(maxBytes: number): Promise<Uint8Array> {
    const unread = this.#unread().length;
    if (unread > 0) return new Uint8Array(this.#take(Math.min(unread, maxBytes)));
    const chunk = new Uint8Array(Math.min(maxBytes, MAX_CHUNK_BYTES));
    const count = await this.#source.read(chunk);
    if (count === null) throw new UnexpectedEnd();
    // Many small pieces must not hold a large buffer each.
    return 2 * count < chunk.length ? chunk.slice(0, count) : chunk.subarray(0, count);
  }

  /** The next bytes if so many have arrived already; they are the caller's. */
  takeArrived(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    return this.#unread().length < bytes ? undefined : new Uint8Array(this.#take(bytes));
  }

  #unread(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  #take(bytes: number): Buffer {
    const taken = this.#buffer.subarray(this.#start, this.#start + bytes);
    this.#start += bytes;
    return taken;
  }

  // Some clients send one after a body (RFC 9112, section 2.2).
  #skipEmptyLine(): void {
    if (this.#unread().indexOf("\r\n") === 0) this.#take(2);
  }

  async #readMore(): Promise<boolean> {
    const unread = this.#unread();
    if (unread.length === this.#buffer.length) this.#buffer = Buffer.alloc(MAX_HEAD_BYTES);
    this.#buffer.set(unread);
    this.#end = unread.length;
    this.#start = 0;
    const count = await this.#source.read(this.#buffer.subarray(this.#end));
    this.#end += count ?? 0;
    return count !== null;
  }
}
