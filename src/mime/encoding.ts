/**
 * The encodings of MIME: transfer encodings (RFC 2045), character sets, and words in header fields
 * (RFC 2047). Bytes are strings of characters U+0000 to U+00FF.
 *
 * @module
 */

/** How a body was encoded for its way, where that can be undone. */
export type TransferEncoding = "7bit" | "8bit" | "binary" | "quoted-printable" | "base64";

/** The transfer encoding of a field's value, `undefined` for an unknown one. */
export function parseTransferEncoding(value: string): TransferEncoding | undefined {
  const name = value.toLowerCase() || "7bit";
  const known = ["7bit", "8bit", "binary", "quoted-printable", "base64"] as const;
  return known.find((encoding) => encoding === name);
}

/** The bytes that a body stands for; `undefined` when it is no base64. */
export function decodeTransfer(body: string, encoding: TransferEncoding): string | undefined {
  if (encoding === "quoted-printable") return decodeQuotedPrintable(body);
  if (encoding !== "base64") return body;
  try {
    return atob(body.replace(/\s+/g, ""));
  } catch {
    return undefined;
  }
}

/** The text that bytes stand for; `undefined` for an unknown character set. */
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

/** A text's bytes in UTF-8. */
export function encodeUtf8(text: string): string {
  return fromBytes(new TextEncoder().encode(text));
}

/** The HTML, whose own word about its character set is UTF-8 where it has one. */
export function declareUtf8(html: string): string {
  return html.replace(/(<meta\b[^>]*\bcharset\s*=\s*["']?)[\w.:-]+/gi, "$1utf-8");
}

/** The bytes in base64, in lines of 76 characters. */
export function encodeBase64(bytes: string): string {
  return btoa(bytes).replace(/.{76}(?=.)/g, "$&\n");
}

/**
 * The bytes, whose lines end with LF, as quoted-printable. No line starts with a hyphen, so that
 * none can be taken for a boundary.
 */
export function encodeQuotedPrintable(bytes: string): string {
  return bytes.split("\n").map((line) => {
    const lines: string[] = [];
    let current = "";
    for (let at = 0; at < line.length; at++) {
      const sign = line.charAt(at);
      const last = at === line.length - 1;
      const literal = /[!-<>-~]/.test(sign) || (/[ \t]/.test(sign) && !last);
      const first = current === "";
      const code = literal && !(first && sign === "-") ? sign : `=${hex(sign.charCodeAt(0))}`;
      if (current.length + code.length > 75) {
        lines.push(`${current}=`);
        current = sign === "-" ? "=2D" : code;
      } else {
        current += code;
      }
    }
    return [...lines, current].join("\n");
  }).join("\n");
}

/** The value of an unstructured header field as text: encoded words are decoded. */
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
    // What is not encoded should be ASCII, and is UTF-8 in practice.
    const set = charset?.toLowerCase() ?? (isUtf8(source) ? "utf-8" : "iso-8859-1");
    // A character may begin in one word and end in the next one.
    if (set !== pending.charset) flush();
    pending.charset = set;
    pending.bytes += charset === undefined ? source : decodeWord(encoded, kind ?? "");
  }
  flush();
  return text;
}

/** Text as the value of a header field, folded; as encoded words unless it is short plain ASCII. */
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

/** Bytes from their string. */
export function toBytes(binary: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

/** The string of some bytes. */
export function fromBytes(bytes: Uint8Array): string {
  // TextDecoder("latin1") is Windows-1252, which is another thing.
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return binary;
}

function decodeWord(encoded: string, kind: string): string {
  if (/q/i.test(kind)) return decodeOctets(encoded.replaceAll("_", " "));
  return decodeTransfer(encoded, "base64") ?? encoded;
}

function decodeQuotedPrintable(body: string): string {
  return decodeOctets(body.replace(/[ \t]+$/gm, "").replace(/=\n/g, ""));
}

function decodeOctets(text: string): string {
  return text.replace(/=([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(2, "0");
}
