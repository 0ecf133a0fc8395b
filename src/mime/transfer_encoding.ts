/**
 * Transfer encodings (RFC 2045, section 6). Bytes are byte strings, encoded lines end with LF.
 *
 * @module
 */

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
  return bytes.split("\n").map((line) => {
    const lines: string[] = [];
    let current = "";
    for (let at = 0; at < line.length; at++) {
      const octet = line.charAt(at);
      const last = at === line.length - 1;
      const literal = /[!-<>-~]/.test(octet) || (/[ \t]/.test(octet) && !last);
      const first = current === "";
      const code = literal && !(first && octet === "-") ? octet : encodeOctet(octet);
      if (current.length + code.length > 75) {
        lines.push(`${current}=`);
        current = octet === "-" ? "=2D" : code;
      } else {
        current += code;
      }
    }
    return [...lines, current].join("\n");
  }).join("\n");
}

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
