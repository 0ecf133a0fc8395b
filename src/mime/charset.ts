/**
 * Character sets (RFC 2045, section 2.2). Bytes are byte strings.
 *
 * @module
 */

import { fromBytes, toBytes } from "./bytes.ts";

/** Decodes bytes; `undefined` for an unknown character set. */
export function decodeCharset(bytes: string, charset: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(toBytes(bytes));
  } catch {
    return undefined;
  }
}

/** Whether the bytes are UTF-8. */
export function isUtf8(bytes: string): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(toBytes(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Encodes text in UTF-8. */
export function encodeUtf8(text: string): string {
  return fromBytes(new TextEncoder().encode(text));
}

/** The HTML with UTF-8 in place of the character set that it declares, if it declares one. */
export function declareUtf8(html: string): string {
  return html.replace(/(<meta\b[^>]*\bcharset\s*=\s*["']?)[\w.:-]+/gi, "$1utf-8");
}
