/**
 * Says of each key of an old configuration what becomes of it.
 *
 * @module
 */

import type { Fate } from "../../config/import/old_file.ts";
import type { Plan } from "../../config/import/plan.ts";
import { formatProblem, type Problem } from "../../config/source/problem.ts";
import { printable } from "../../text/printable.ts";

const HEADINGS: readonly (readonly [fate: Fate, heading: string])[] = [
  ["used", "Used as they are"],
  ["renamed", "Used under another name"],
  ["changed", "Changed"],
  ["of no use", "Of no use here, left out"],
  ["unknown", "Unknown, left out: mxisd ignored them as well, unless they are its own"],
];

/** The keys in groups, and then those that were added. */
export function describeKeys({ keys, added }: Plan): string {
  const groups = HEADINGS.map(([fate, heading]) => {
    const found = keys.filter((key) => key.fate === fate);
    return group(heading, found.map(({ name, detail }): Row => [name, detail]));
  });
  return [...groups, group("Added", added.map(({ key, why }) => [key, why]))]
    .filter((text) => text !== "").join("\n\n");
}

type Row = readonly [name: string, detail: string | undefined];

function group(heading: string, rows: readonly Row[]): string {
  if (rows.length === 0) return "";
  const lines = rows.map(([name, detail]) =>
    detail === undefined ? `  ${printable(name)}` : `  ${printable(name)}: ${printable(detail)}`
  );
  return [`${heading}:`, ...lines].join("\n");
}

/** What the new configuration has to be told about, in the order of the file. */
export function describeDecisions({ loaded, notes, mended }: Plan): string {
  const isNote = ({ severity }: Problem) => severity === "notice";
  const { problems } = loaded;
  return [
    block("To decide", problems.filter((problem) => !isNote(problem)).map(formatProblem)),
    block("To know", [
      ...problems.filter(isNote).map(formatProblem),
      ...notes.map(({ key, message }) => printable(`${key}: ${message}`)),
    ]),
    block("Wrong in the old registration, right in the new one", mended),
  ].filter((text) => text !== "").join("\n\n");
}

function block(heading: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return [`${heading}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}
