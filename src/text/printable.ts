/**
 * Escapes text for logs and terminals, so that it contains no invisible or control characters.
 *
 * @module
 */

// Controls, formatting (bidirectional too), unassigned and private code points, lone surrogates,
// line and paragraph separators.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
const MAX_QUOTED_CHARS = 80;

/** The text with all characters that have no glyph as escapes, such as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** The text in quotation marks and with escapes, cut after 80 characters. */
export function quoted(text: string): string {
  const characters = [...text.slice(0, 2 * MAX_QUOTED_CHARS + 2)];
  if (characters.length <= MAX_QUOTED_CHARS) return `"${printable(text)}"`;
  return `"${printable(characters.slice(0, MAX_QUOTED_CHARS).join(""))}..."`;
}
