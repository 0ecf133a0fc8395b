/**
 * Wraps a mail's text part.
 *
 * @module
 */

// RFC 5322, section 2.1.1: lines should be no longer than 78 characters; quoting adds some.
const MAX_LINE_CHARS = 72;

/**
 * The text in lines of at most 72 characters, unless a word is longer; never with two empty lines
 * in a row, and with one line break at the end. Wrapped quotations stay quotations, and wrapped
 * indented or numbered lines continue with more indentation, so that no value can look like a line
 * of its own.
 */
export function wrapText(text: string): string {
  const lines = text.split("\n").flatMap(wrapLine).join("\n");
  return lines.replace(/\n{3,}/g, "\n\n").trim() + "\n";
}

function wrapLine(line: string): string[] {
  // The separator before a signature ends with a blank (RFC 3676, section 4.3).
  if (line === "-- ") return [line];
  const [, prefix = "", rest = ""] = /^(\d{1,3}\. |(?:> )?\s*)(.*)$/s.exec(line) ?? [];
  const further = furtherPrefix(prefix);
  const lines: string[] = [];
  let current = prefix + rest;
  for (let at = breakAt(current, prefix); at > 0; at = breakAt(current, further)) {
    lines.push(current.slice(0, at));
    current = further + current.slice(at + 1);
  }
  return [...lines, current.trimEnd()];
}

function furtherPrefix(prefix: string): string {
  if (prefix.startsWith(">") || prefix === "") return prefix;
  return /^\d/.test(prefix) ? " ".repeat(prefix.length) : `${prefix}  `;
}

/**
 * The index of the line's last blank within the width, else of its first one beyond; -1 for none.
 */
function breakAt(line: string, prefix: string): number {
  if (line.length <= MAX_LINE_CHARS) return -1;
  const within = line.lastIndexOf(" ", MAX_LINE_CHARS);
  return within > prefix.length ? within : line.indexOf(" ", MAX_LINE_CHARS);
}
