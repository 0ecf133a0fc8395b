/**
 * Decides from the bytes of a transaction whether it has to be parsed. Most need not be: about one
 * event in a thousand is an invite, and parsing a large body costs more than everything else.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { BODY_SCAN_WASM } from "./body_scan_wasm.ts";

/** Whether a body may hold an invite: it never misses one in UTF-8 JSON. */
export type InviteScan = (body: Uint8Array) => boolean;

// A membership is a string value, so it follows a colon. Escapes can hide its letters only as
// \u006x and \u007x. The names of these memberships are also keys, of power levels for example; no
// colon precedes those.
const INVITE = /:[\t-\r ]*"invite"|\\u00[67]/;
const MEMBERSHIP = /:\s*"(?:invite|join|leave|ban)"|\\u00[67]/;

// What body_scan.wat has room for.
const MAX_PART_BYTES = 64 * 1024;
// Parts overlap, so that no word is cut in two.
const OVERLAP_BYTES = 64;
// Behind a part, so that nothing is found of an earlier one.
const PADDING_BYTES = 32;

/**
 * Whether a body may hold an invite or, when answers are expected, any membership. It never misses
 * one in a body of UTF-8 JSON.
 */
export function mayConcernUs(body: Uint8Array, answersExpected: boolean): boolean {
  return answersExpected ? MEMBERSHIP.test(decode(body)) : scanForInvite(body);
}

/**
 * Compiles the scan in WebAssembly; `undefined` where there is none, as in a process that may not
 * make memory executable.
 */
export function compileInviteScan(): InviteScan | undefined {
  let exports: { readonly memory: WebAssembly.Memory; scan(length: number): number };
  try {
    const module = new WebAssembly.Module(Buffer.from(BODY_SCAN_WASM, "base64"));
    exports = new WebAssembly.Instance(module).exports as typeof exports;
  } catch {
    return undefined;
  }
  const memory = new Uint8Array(exports.memory.buffer);
  return (body) => {
    for (let start = 0; start < body.length; start += MAX_PART_BYTES - OVERLAP_BYTES) {
      const part = body.subarray(start, start + MAX_PART_BYTES);
      memory.set(part);
      memory.fill(0, part.length, part.length + PADDING_BYTES);
      if (exports.scan(part.length) !== 0) return true;
    }
    return false;
  };
}

/** The same without WebAssembly, at about eight times the cost. */
export function scanWithExpression(body: Uint8Array): boolean {
  return INVITE.test(decode(body));
}

const scanForInvite: InviteScan = compileInviteScan() ?? scanWithExpression;

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
