/**
 * Encodes header fields, so that none can become two (RFC 5322, section 2.2).
 *
 * @module
 */

import type { Mailbox } from "../../domain/message.ts";
import { plainText } from "../../text/plain_text.ts";

/** The value of a field: text, or a name and an address. */
export type FieldValue = string | Mailbox;

/** Encodes fields. */
export interface FieldEncoder {
  /**
   * The field as it is sent: encoded (RFC 2047), folded and closed with CRLF; `undefined` when the
   * name is invalid, or the value contains a line break or another control character or is too
   * long.
   */
  encode(name: string, value: FieldValue): string | undefined;
}

/** Loads the library that encodes fields. */
export async function openFieldEncoder(): Promise<FieldEncoder> {
  const [{ default: MimeNode }, { foldLines }] = await Promise.all([
    import("nodemailer/lib/mime-node"),
    import("nodemailer/lib/mime-funcs"),
  ]);
  return {
    encode(name, value) {
      if (!FIELD_NAME.test(name)) return undefined;
      if (typeof value === "string" && CONTROL.test(value)) return undefined;
      const plain = typeof value === "string"
        ? escapeEncodedWords(value.toWellFormed())
        : { name: shownName(value.name), address: value.address };
      const encoded = MimeNode.encodeHeaderValue(name, plain);
      // The value begins on the line of its name: some parsers read a first line without one as
      // empty.
      const field = foldLines(`${name}: ${encoded}`, 76).replace(/^([^:]+:)[ \t\r\n]+/, "$1 ");
      return isOneField(field) ? `${field}\r\n` : undefined;
    },
  };
}

// ftext of RFC 5322, section 3.6.8, as far as it is in use.
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9-]{0,75}$/;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/;
const MAX_NAME_CHARS = 100;

/** The name beside an address. It comes from a directory: odd characters must not stop the mail. */
export function shownName(name: string): string {
  return escapeEncodedWords(plainText(name, MAX_NAME_CHARS));
}

/**
 * The text without encoded words, which the reader's client would decode into anything. An
 * invisible word joiner in what looks like one makes the encoder encode it as text.
 */
export function escapeEncodedWords(text: string): string {
  return text.replace(/=(?=\?[^?\s]*\?[bq]\?)/gi, "=\u2060");
}

// Checks the encoder's work: every line after the first is a continuation that is not blank, and
// none is longer than 998 octets (RFC 5322, section 2.1.1).
function isOneField(field: string): boolean {
  const [first = "", ...more] = field.split("\r\n");
  return [first, ...more].every((line) => !/[\r\n\0]/.test(line) && line.length <= 998) &&
    more.every((line) => /^[ \t]+\S/.test(line));
}
