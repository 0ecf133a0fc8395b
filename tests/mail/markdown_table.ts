/**
 * The tables in the documentation that the tests generate.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Compares a table between two comments with the code's rows; UPDATE_GOLDEN=1 rewrites it. */
export async function replaceTable(
  name: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  page = "mail.md",
): Promise<void> {
  const document = new URL(`../../docs/${page}`, import.meta.url);
  const text = await Deno.readTextFile(document);
  const place = new RegExp(`^([^]*<!-- ${name} -->\n\n)[^]*?(\n\n<!-- end of ${name} -->[^]*)$`);
  const [, before = "", after = ""] = place.exec(text) ?? [];
  assert.notEqual(before, "", "the document has the place for the table");
  const expected = before + markdownTable(head, rows) + after;
  if (Deno.env.get("UPDATE_GOLDEN")) await Deno.writeTextFile(document, expected);
  assert.equal(await Deno.readTextFile(document), expected, "UPDATE_GOLDEN=1 rewrites it");
}

/** A table as `deno fmt` formats it. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
