/**
 * Texts that PostgreSQL cannot store: U+0000, and halves of surrogate pairs, which UTF-8 does not have.
 * What Matrix, stores and clients send may contain both.
 *
 * @module
 */

// A code point that Unicode keeps from ever being a character, so that hardly any text is changed.
const MARK = "\uFDD0";

const UNSTORABLE = /[\0\uFDD0]|\p{Surrogate}/gu;
const ESCAPED = /\uFDD0([0-9a-f]{4})/g;

/** The text as it is stored. */
export function escapeText(text: string): string {
  return text.replace(
    UNSTORABLE,
    (character) => MARK + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** The text that was stored. */
export function unescapeText(stored: string): string {
  if (!stored.includes(MARK)) return stored;
  return stored.replace(ESCAPED, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}
