/**
 * Header fields that cannot become two (RFC 5322, section 2.2).
 *
 * @module
 */

import type { Mailbox } from "../../domain/message.ts";
import { plainText } from "../../text/plain_text.ts";

/** What may stand in a field: text that is encoded as needed, or somebody's name and address. */
export type FieldValue = string | Mailbox;

/** Writes fields. */
export interface FieldEncoder {
  /**
   * The field as it stands in a header, encoded (RFC 2047), folded and closed with CRLF; `undefined`
   * when the name is none, or the value holds a line break or another control character, or does
   * not fit.
   */
  encode(name: string, value: FieldValue): string | undefined;
}

/** Loads what encodes fields. */
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
      // A value begins on the line of its name: some readers take what is folded there for empty.
      const field = foldLines(`${name}: ${encoded}`, 76).replace(/^([^:]+:)[ \t\r\n]+/, "$1 ");
      return isOneField(field) ? `${field}\r\n` : undefined;
    },
  };
}

// ftext of RFC 5322, section 3.6.8, as far as anybody uses it.
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9-]{0,75}$/;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/;
const LONGEST_NAME = 100;

/** The name beside an address. It comes from a directory: what is odd in it must not cost the mail. */
export function shownName(name: string): string {
  return escapeEncodedWords(plainText(name, LONGEST_NAME));
}

/**
 * The text, in which nothing is an encoded word: what looks like one would be decoded by the reader's
 * client, into anything. An invisible word joiner in it makes the encoder encode it as it is.
 */
export function escapeEncodedWords(text: string): string {
  return text.replace(/=(?=\?[^?\s]*\?[bq]\?)/gi, "=\u2060");
}

// Whatever the encoder does: every line after the first is a continuation that says something, and
// none is longer than 998 octets (RFC 5322, section 2.1.1).
function isOneField(field: string): boolean {
  const [first = "", ...more] = field.split("\r\n");
  return [first, ...more].every((line) => !/[\r\n\0]/.test(line) && line.length <= 998) &&
    more.every((line) => /^[ \t]+\S/.test(line));
}
