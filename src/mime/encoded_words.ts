/**
 * Encodes and decodes text in unstructured header fields (RFC 2047).
 *
 * @module
 */

import { decodeCharset, encodeUtf8, isUtf8 } from "./charset.ts";
import { decodeOctets, decodeTransfer } from "./transfer_encoding.ts";

/** Decodes the value of an unstructured header field. */
export function decodeHeader(value: string): string {
  const bytes = value.replace(/(\?=)\s+(?==\?)/g, "$1");
  const word = /(?:=\?([^?\s*]+)(?:\*[^?\s]*)?\?([BbQq])\?([^?\s]*)\?=)|[^=]+|=/g;
  let text = "";
  let pending = { charset: "", bytes: "" };
  function flush() {
    text += decodeCharset(pending.bytes, pending.charset || "utf-8") ?? pending.bytes;
    pending = { charset: "", bytes: "" };
  }
  for (const [source, charset, kind, encoded = ""] of bytes.matchAll(word)) {
    // Text that is not encoded should be ASCII, and is UTF-8 in practice.
    const set = charset?.toLowerCase() ?? (isUtf8(source) ? "utf-8" : "iso-8859-1");
    // A character may begin in one word and end in the next one.
    if (set !== pending.charset) flush();
    pending.charset = set;
    pending.bytes += charset === undefined ? source : decodeWord(encoded, kind ?? "");
  }
  flush();
  return text;
}

/**
 * Encodes text as the value of a header field, folded: in encoded words unless it is short ASCII.
 */
export function encodeHeader(text: string): string {
  if (/^[\x20-\x7E]{0,66}$/.test(text) && !text.includes("=?")) return text;
  const words: string[] = [];
  let current = "";
  for (const character of text) {
    // 45 bytes are 60 characters of base64: with what is around them, less than the 75 allowed.
    if (encodeUtf8(current + character).length > 45) {
      words.push(current);
      current = "";
    }
    current += character;
  }
  return [...words, current].map((word) => `=?UTF-8?B?${btoa(encodeUtf8(word))}?=`).join("\n ");
}

function decodeWord(encoded: string, kind: string): string {
  if (/q/i.test(kind)) return decodeOctets(encoded.replaceAll("_", " "));
  return decodeTransfer(encoded, "base64") ?? encoded;
}
