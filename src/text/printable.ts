/**
 * Text for logs and terminals, in which nothing can hide and nothing can act.
 *
 * @module
 */

// Controls, formatting (bidirectional too), unassigned and private code points, lone surrogates,
// line and paragraph separators.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
const LONGEST_QUOTED = 80;

/** The text with everything that has no glyph of its own written as an escape, such as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}

/** The same of a text that may have several lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** The text as printable text between quotation marks, cut after 80 characters. */
export function quoted(text: string): string {
  const characters = [...text.slice(0, 2 * LONGEST_QUOTED + 2)];
  if (characters.length <= LONGEST_QUOTED) return `"${printable(text)}"`;
  return `"${printable(characters.slice(0, LONGEST_QUOTED).join(""))}..."`;
}
