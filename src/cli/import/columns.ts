/**
 * Texts side by side, for a terminal.
 *
 * @module
 */

import { printableLines } from "../../text/printable.ts";

const WIDTH_CHARS = 47;

/** Two texts in columns, each with a heading. */
export function sideBySide(
  left: { readonly heading: string; readonly text: string },
  right: { readonly heading: string; readonly text: string },
): string {
  const columns = [left, right].map(({ heading, text }) => [
    ...wrapped(heading),
    "-".repeat(WIDTH_CHARS),
    ...wrapped(text.trim()),
  ]);
  const [one = [], other = []] = columns;
  const count = Math.max(one.length, other.length);
  return Array.from({ length: count }, (_, index) => {
    const start = (one[index] ?? "").padEnd(WIDTH_CHARS);
    return `${start} | ${other[index] ?? ""}`.trimEnd();
  }).join("\n");
}

function wrapped(text: string): string[] {
  return printableLines(text.replaceAll("\r\n", "\n")).split("\n").flatMap((line) => {
    const lines: string[] = [];
    let rest = line.trimEnd();
    while (rest.length > WIDTH_CHARS) {
      const space = rest.lastIndexOf(" ", WIDTH_CHARS);
      const end = space > 0 ? space : WIDTH_CHARS;
      lines.push(rest.slice(0, end));
      rest = rest.slice(end).trimStart();
    }
    return [...lines, rest];
  });
}
