/**
 * Lays out a mail's text part.
 *
 * @module
 */

// RFC 5322, section 2.1.1: lines should be no longer than 78 characters; quoting adds some.
const WIDTH = 72;

/**
 * The text with lines of at most 72 characters, unless a word is longer than that; never two empty
 * lines in a row, and one line break at the end. A wrapped quotation stays one.
 */
export function wrapText(text: string): string {
  const lines = text.split("\n").flatMap(wrapLine).join("\n");
  return lines.replace(/\n{3,}/g, "\n\n").trim() + "\n";
}

function wrapLine(line: string): string[] {
  // The separator before a signature ends with a blank (RFC 3676, section 4.3).
  if (line === "-- ") return [line];
  const [, prefix = "", rest = ""] = /^((?:> )*)(.*)$/s.exec(line) ?? [];
  const lines: string[] = [];
  let current = "";
  for (const word of rest.split(" ").filter((word) => word !== "")) {
    if (current !== "" && prefix.length + current.length + 1 + word.length > WIDTH) {
      lines.push(prefix + current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, (prefix + current).trimEnd()];
}
