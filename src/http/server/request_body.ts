/**
 * The body of a request, read from its connection only as far as somebody wants it.
 *
 * @module
 */

import type { Framing } from "./head.ts";
import type { Input } from "./input.ts";

/** The chunks of a body are malformed (RFC 9112, section 7.1). */
export class BadChunk extends Error {
  /** The name of this kind of error. */
  override readonly name = "BadChunk";
}

const MAX_SIZE_LINE_BYTES = 256;
const MAX_TRAILER_BYTES = 4 * 1024;

/** A body. */
export class RequestBody {
  readonly #input: Input;
  readonly #chunked: boolean;
  // What is left of the body, or of its current chunk.
  #left: number;
  #complete: boolean;
  #isFirstChunk = true;

  constructor(input: Input, framing: Framing) {
    this.#input = input;
    this.#chunked = framing.kind === "chunked";
    this.#left = framing.kind === "length" ? framing.bytes : 0;
    this.#complete = framing.kind === "length" && framing.bytes === 0;
  }

  /** Whether all of it was read. */
  get complete(): boolean {
    return this.#complete;
  }

  /**
   * All that is left, if its length is known and it has arrived already: then it was read to its end.
   */
  takeArrived(): Uint8Array<ArrayBuffer> | undefined {
    const bytes = this.#chunked ? undefined : this.#input.takeArrived(this.#left);
    if (bytes) this.#complete = true;
    return bytes;
  }

  /**
   * The next bytes; `undefined` at the end.
   *
   * @throws {BadChunk} When it is malformed.
   * @throws {UnexpectedEnd} When the client ended the connection.
   */
  async next(): Promise<Uint8Array | undefined> {
    if (!this.#complete && this.#left === 0) await this.#beginChunk();
    if (this.#complete) return undefined;
    const bytes = await this.#input.read(this.#left);
    this.#left -= bytes.length;
    if (this.#left === 0 && !this.#chunked) this.#complete = true;
    return bytes;
  }

  async #beginChunk(): Promise<void> {
    if (!this.#isFirstChunk && await this.#input.readLine(0) !== "") throw new BadChunk();
    this.#isFirstChunk = false;
    const line = await this.#input.readLine(MAX_SIZE_LINE_BYTES) ?? "";
    const [, size] = /^([0-9A-Fa-f]{1,8})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line) ?? [];
    if (size === undefined) throw new BadChunk();
    this.#left = Number.parseInt(size, 16);
    if (this.#left === 0) await this.#readTrailer();
  }

  // Its fields are of no use here.
  async #readTrailer(): Promise<void> {
    for (let left = MAX_TRAILER_BYTES; left > 0;) {
      const line = await this.#input.readLine(left);
      if (line === undefined) throw new BadChunk();
      if (line === "") {
        this.#complete = true;
        return;
      }
      left -= line.length + 2;
    }
    throw new BadChunk();
  }
}

/**
 * A stream of a body.
 *
 * @param read Returns the next bytes; `undefined` at the end.
 */
export function bodyStream(
  read: () => Promise<Uint8Array | undefined>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const bytes = await read();
      if (bytes) controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      else controller.close();
    },
  }, { highWaterMark: 0 });
}
