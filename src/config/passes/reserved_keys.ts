/**
 * What the configuration may say already, and this version cannot do yet.
 *
 * @module
 */

import { RESERVED_KEYS, type ReservedKey } from "../sections/extra_keys.ts";
import { nodeAt, removeNode, type Section, textAt } from "../source/node.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/** Says what this version cannot do yet, and takes it out. */
export function refuseLaterKeys(root: Section, report: Report): void {
  for (const later of RESERVED_KEYS) {
    const path = later.key.split(".");
    if (nodeAt(root, path) === undefined) continue;
    if (!asksFor(root, path, later)) continue;
    report.add(later.severity ?? "error", path, explain(root, path, later));
    if (later.severity !== "notice") removeNode(root, path);
  }
}

function explain(root: Section, path: Path, { when, advice, severity }: ReservedKey): string {
  const what = Array.isArray(when) && severity !== "notice" ? `${textAt(root, path)} is` : "is";
  return `${what} not yet available in this version: ${advice ?? "remove it"}`;
}

function asksFor(root: Section, path: Path, { when }: ReservedKey): boolean {
  return when === "given" || when.includes(textAt(root, path) ?? "");
}
