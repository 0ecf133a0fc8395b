/**
 * Byte strings: bytes as a string of characters U+0000 to U+00FF, so that text patterns apply to
 * parts that are not text as well, and nothing is lost.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** The bytes of a byte string. */
export function toBytes(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The byte string of some bytes. */
export function fromBytes(bytes: Uint8Array): string {
  // TextDecoder("latin1") decodes Windows-1252, which differs.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
