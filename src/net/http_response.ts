/**
 * Reads responses of HTTP/1.1 (RFC 9112).
 *
 * @module
 */

import type { ByteReader } from "./byte_reader.ts";

/** A response is not valid HTTP. */
export class MalformedResponse extends Error {
  override readonly name = "MalformedResponse";
}

/** The beginning of a response. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
  /** How the body ends; `close` with the connection. */
  readonly framing: "none" | "chunked" | "close" | { readonly bytes: number };
  /** Whether the connection can be used again. */
  readonly isPersistent: boolean;
}

const MAX_HEAD_BYTES = 64 * 1024;
const MAX_INTERIM_RESPONSES = 10;
// Statuses without a body (RFC 9110, section 6.4.1), which Response does not allow either.
const BODILESS = [204, 205, 304];

/**
 * Reads the beginning of the response; those with status 1xx before it are skipped.
 *
 * @throws {MalformedResponse} If it is not HTTP.
 */
export async function readHead(reader: ByteReader): Promise<ResponseHead> {
  for (let count = 0; count <= MAX_INTERIM_RESPONSES; count++) {
    const lines = await readLines(reader);
    const [, minor, code] = /^HTTP\/1\.([01]) ([0-9]{3})(?: .*)?$/.exec(lines[0] ?? "") ?? [];
    if (code === undefined) throw new MalformedResponse("it does not begin as HTTP");
    const status = Number(code);
    if (status >= 100 && status < 200 && status !== 101) continue;
    if (status < 200 || status > 599) throw new MalformedResponse(`status ${status}`);
    const headers = headersOf(lines.slice(1));
    const framing = framingOf(status, headers);
    const connection = (headers.get("connection") ?? "").toLowerCase();
    const isPersistent = minor === "1" && framing !== "close" && !connection.includes("close") &&
      !(headers.has("transfer-encoding") && headers.has("content-length"));
    return { status, headers, framing, isPersistent };
  }
  throw new MalformedResponse("too many interim responses");
}

// Up to the empty line.
async function readLines(reader: ByteReader): Promise<readonly string[]> {
  const lines: string[] = [];
  let left = MAX_HEAD_BYTES;
  for (;;) {
    const line = await reader.readLine(left);
    if (line === undefined) throw new MalformedResponse("its head is too long");
    if (line === "" && lines.length > 0) return lines;
    left -= line.length;
    lines.push(line);
  }
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/
      .exec(line) ?? [];
    if (name === "") throw new MalformedResponse("a header field is not valid");
    try {
      headers.append(name, value);
    } catch {
      throw new MalformedResponse("a header field is not valid");
    }
  }
  return headers;
}

function framingOf(status: number, headers: Headers): ResponseHead["framing"] {
  if (BODILESS.includes(status)) return "none";
  const coding = headers.get("transfer-encoding");
  if (coding !== null) {
    if (coding.toLowerCase() === "chunked") return "chunked";
    throw new MalformedResponse("its transfer coding is not supported");
  }
  const length = headers.get("content-length");
  if (length === null) return "close";
  const [first = "", ...others] = length.split(/[ \t]*,[ \t]*/);
  if (!/^[0-9]{1,15}$/.test(first) || others.some((other) => other !== first)) {
    throw new MalformedResponse("its length is not valid");
  }
  return { bytes: Number(first) };
}

/**
 * Reads the body in pieces.
 *
 * @throws {MalformedResponse} If the body ends early or is not valid.
 */
export async function* readBody(
  reader: ByteReader,
  framing: ResponseHead["framing"],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (framing === "none") return;
  if (framing === "chunked") return yield* readChunks(reader);
  if (framing !== "close") return yield* readExactly(reader, framing.bytes);
  for (let piece = await reader.read(); piece; piece = await reader.read()) yield piece;
}

async function* readExactly(
  reader: ByteReader,
  bytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let left = bytes; left > 0;) {
    const piece = await reader.read(left);
    if (!piece) throw new MalformedResponse("its body ends early");
    left -= piece.length;
    yield piece;
  }
}

async function* readChunks(reader: ByteReader): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const line = await reader.readLine(MAX_HEAD_BYTES);
    const [, digits] = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?$/.exec(line ?? "") ?? [];
    if (digits === undefined) throw new MalformedResponse("a chunk is not valid");
    const size = Number.parseInt(digits, 16);
    if (size === 0) break;
    yield* readExactly(reader, size);
    if (await reader.readLine(2) !== "") throw new MalformedResponse("a chunk is not valid");
  }
  // The trailer is not used.
  for (let left = MAX_HEAD_BYTES;;) {
    const line = await reader.readLine(left);
    if (line === undefined) throw new MalformedResponse("its trailer is too long");
    if (line === "") return;
    left -= line.length;
  }
}
