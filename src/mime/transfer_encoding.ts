/**
 * Transfer encodings (RFC 2045, section 6). Bytes are byte strings, encoded lines end with LF.
 *
 * @module
 */

/** How a body is encoded for transport, where that can be undone. */
export type TransferEncoding = "7bit" | "8bit" | "binary" | "quoted-printable" | "base64";

/** The transfer encoding of a field's value, `undefined` for an unknown one. */
export function parseTransferEncoding(value: string): TransferEncoding | undefined {
  const name = value.toLowerCase() || "7bit";
  const known = ["7bit", "8bit", "binary", "quoted-printable", "base64"] as const;
  return known.find((encoding) => encoding === name);
}

/** The bytes that a body stands for; `undefined` when it is not base64. */
export function decodeTransfer(body: string, encoding: TransferEncoding): string | undefined {
  if (encoding === "quoted-printable") return decodeQuotedPrintable(body);
  if (encoding !== "base64") return body;
  try {
    return atob(body.replace(/\s+/g, ""));
  } catch {
    return undefined;
  }
}

/** The bytes in base64, in lines of 76 characters. */
export function encodeBase64(bytes: string): string {
  return foldBase64(btoa(bytes));
}

/** Base64 in lines of 76 characters, without what does not belong to it. */
export function foldBase64(text: string): string {
  return text.replace(/[^A-Za-z0-9+/=]/g, "").replace(/.{76}(?=.)/g, "$&\n");
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
      const code = literal && !(first && sign === "-") ? sign : encodeOctet(sign);
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

/**
 * Quoted-printable that some other program wrote, in lines of at most 76 characters. Bytes beyond
 * ASCII, which stand for themselves, are encoded.
 */
export function foldQuotedPrintable(text: string): string {
  return text.replace(/[\x80-\xFF]/g, encodeOctet).replace(
    /[^\n]{77,}/g,
    // Not inside of =XX, where that is possible.
    (line) => line.replace(/(?:.{1,75}(?<!=.?)|.{1,75})(?=.)/g, "$&=\n"),
  );
}

/** The bytes of `=XX`, as they stand in quoted-printable and in encoded words. */
export function decodeOctets(text: string): string {
  return text.replace(/=([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}

function decodeQuotedPrintable(body: string): string {
  return decodeOctets(body.replace(/[ \t]+$/gm, "").replace(/=\n/g, ""));
}

function encodeOctet(octet: string): string {
  return `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
