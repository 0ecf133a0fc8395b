/**
 * Transfer encodings (RFC 2045, section 6). Bytes are byte strings, encoded lines end with LF.
 *
 * @module
 */

import { fromBytes } from "./bytes.ts";

/** The transfer encodings that can be decoded. */
export type TransferEncoding = "7bit" | "8bit" | "binary" | "quoted-printable" | "base64";

/** Parses the value of a Content-Transfer-Encoding; `undefined` for an unknown one. */
export function parseTransferEncoding(value: string): TransferEncoding | undefined {
  const name = value.toLowerCase() || "7bit";
  const known = ["7bit", "8bit", "binary", "quoted-printable", "base64"] as const;
  return known.find((encoding) => encoding === name);
}

/** Decodes a body; `undefined` when it is not base64. */
export function decodeTransfer(body: string, encoding: TransferEncoding): string | undefined {
  if (encoding === "quoted-printable") return decodeQuotedPrintable(body);
  if (encoding !== "base64") return body;
  try {
    return atob(body.replace(/\s+/g, ""));
  } catch {
    return undefined;
  }
}

/** Encodes bytes in base64, in lines of 76 characters. */
export function encodeBase64(bytes: string): string {
  return foldBase64(btoa(bytes));
}

/** Folds base64 to lines of 76 characters, and removes other characters. */
export function foldBase64(text: string): string {
  return text.replace(/[^A-Za-z0-9+/=]/g, "").replace(/.{76}(?=.)/g, "$&\n");
}

/**
 * Encodes bytes whose lines end with LF. No line starts with a hyphen, so that none can be a
 * boundary.
 */
export function encodeQuotedPrintable(bytes: string): string {
  // Each octet takes three characters at most, and each 73 of them a line break of two.
  const encoded = new Uint8Array(bytes.length * 4);
  let length = 0;
  let column = 0;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes.charCodeAt(at);
    if (octet === LF) {
      encoded[length++] = LF;
      column = 0;
      continue;
    }
    const isLast = at + 1 === bytes.length || bytes.charCodeAt(at + 1) === LF;
    const isBlank = octet === SPACE || octet === TAB;
    const isLiteral = isBlank ? !isLast : octet > SPACE && octet < DELETE && octet !== EQUALS;
    if (column + (isLiteral ? 1 : 3) > MAX_LINE - 1) {
      encoded[length++] = EQUALS;
      encoded[length++] = LF;
      column = 0;
    }
    if (isLiteral && !(column === 0 && octet === HYPHEN)) {
      encoded[length++] = octet;
      column++;
    } else {
      encoded[length++] = EQUALS;
      encoded[length++] = HEX.charCodeAt(octet >> 4);
      encoded[length++] = HEX.charCodeAt(octet & 0xF);
      column += 3;
    }
  }
  return fromBytes(encoded.subarray(0, length));
}

const [TAB, LF, SPACE, HYPHEN, EQUALS, DELETE] = [0x09, 0x0A, 0x20, 0x2D, 0x3D, 0x7F];
const HEX = "0123456789ABCDEF";
const MAX_LINE = 76;

/**
 * Folds quoted-printable of another program's to lines of at most 76 characters. Non-ASCII bytes,
 * which stand for themselves, are encoded.
 */
export function foldQuotedPrintable(text: string): string {
  return text.replace(/[\x80-\xFF]/g, encodeOctet).replace(
    /[^\n]{77,}/g,
    // If possible not inside of =XX.
    (line) => line.replace(/(?:.{1,75}(?<!=.?)|.{1,75})(?=.)/g, "$&=\n"),
  );
}

/** Decodes `=XX` in quoted-printable and in encoded words. */
export function decodeOctets(text: string): string {
  return text.replace(/=([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}

function decodeQuotedPrintable(body: string): string {
  return decodeOctets(body.replace(/[ \t]+$/gm, "").replace(/=\n/g, ""));
}

function encodeOctet(octet: string): string {
  return `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
