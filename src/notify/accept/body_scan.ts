/**
 * Decides from the bytes of a transaction whether it has to be parsed. Most need not be: about one
 * event in a thousand is an invite, and parsing a large body costs more than everything else.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { hashUserId } from "../../domain/user_id_hash.ts";
import { BODY_SCAN_WASM } from "./body_scan_wasm.ts";

/** The people whose answers are waited for: the hashes of their user IDs. */
export type AwaitedHashes = Pick<ReadonlySet<number>, "has" | "size">;

/**
 * Whether a body may hold an invite, or an answer of one of these people. It never misses one in UTF-8
 * JSON.
 */
export type BodyScan = (body: Uint8Array, awaited: AwaitedHashes) => boolean;

// A membership is a string value, so it follows a colon. Escapes can hide its letters only as
// \u006x and \u007x. The names of these memberships are also keys, of power levels for example; no
// colon precedes those.
const INVITE = /:[\t-\r ]*"invite"|\\u00[67]/;
const MEMBERSHIP = /:[\t-\r ]*"(?:invite|join|leave|ban)"|\\u00[67]/;
// A string that begins like a user ID, which escapes can hide; the sigil itself only as \u0040.
const USER_ID = /"(@[^"\\]{0,256})(["\\])|\\u0040/g;

// What body_scan.wat has room for, and where it puts the hashes.
const MAX_PART_BYTES = 64 * 1024;
const HASHES_AT = 128 * 1024;
// Parts overlap, so that no word or user ID is cut in two.
const OVERLAP_BYTES = 512;
// Behind a part, so that nothing is found of an earlier one.
const PADDING_BYTES = 32;

/** Whether a body may hold an invite or any other membership. It never misses one in UTF-8 JSON. */
export function mayHoldMembership(body: Uint8Array): boolean {
  return MEMBERSHIP.test(decode(body));
}

/**
 * Compiles the scan in WebAssembly; `undefined` where there is none, as in a process that may not
 * make memory executable.
 */
export function compileScan(): BodyScan | undefined {
  let exports: { readonly memory: WebAssembly.Memory; scan(length: number, ids: number): number };
  try {
    const module = new WebAssembly.Module(Buffer.from(BODY_SCAN_WASM, "base64"));
    exports = new WebAssembly.Instance(module).exports as typeof exports;
  } catch {
    return undefined;
  }
  const memory = new Uint8Array(exports.memory.buffer);
  const hashes = new Uint32Array(exports.memory.buffer, HASHES_AT);
  return (body, awaited) => {
    const ids = awaited.size > 0 ? 1 : 0;
    for (let start = 0; start < body.length; start += MAX_PART_BYTES - OVERLAP_BYTES) {
      const part = body.subarray(start, start + MAX_PART_BYTES);
      memory.set(part);
      memory.fill(0, part.length, part.length + PADDING_BYTES);
      const count = exports.scan(part.length, ids);
      if (count < 0) return true;
      for (let at = 0; at < count; at++) {
        if (awaited.has(hashes[at] as number)) return true;
      }
    }
    return false;
  };
}

/** The same without WebAssembly, at about five times the cost. */
export function scanWithExpressions(body: Uint8Array, awaited: AwaitedHashes): boolean {
  const text = decode(body);
  if (INVITE.test(text)) return true;
  if (awaited.size === 0) return false;
  for (const [, user, end] of text.matchAll(USER_ID)) {
    if (user === undefined || end === "\\" || awaited.has(hashUserId(user))) return true;
  }
  return false;
}

/** The scan that this process uses. */
export const scanBody: BodyScan = compileScan() ?? scanWithExpressions;

// As it is for parsing, so that both read the same text. Latin-1 would do as well, but takes Deno 2.6
// a hundred times as long, and thirty times the memory.
function decode(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

/** Whether the first and the last byte, apart from white space, are those of a JSON object. */
export function looksLikeObject(body: Uint8Array): boolean {
  let first = 0;
  let last = body.length - 1;
  while (first < last && isSpace(body[first])) first++;
  while (last > first && isSpace(body[last])) last--;
  return body[first] === 0x7b && body[last] === 0x7d && first < last;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
