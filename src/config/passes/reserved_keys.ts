/**
 * What the configuration may say already, and this version cannot do yet.
 *
 * @module
 */

import { nodeAt, removeNode, type Section, textAt } from "../source/node.ts";
import type { Path } from "../source/positions.ts";
import type { Severity } from "../source/problem.ts";
import type { Report } from "../source/report.ts";

/** Something that comes later. */
interface Later {
  /** The key. */
  readonly key: string;
  /** What asks for it: the key itself, or certain values of it. */
  readonly when: "given" | readonly string[];
  /** An error if nothing is said. */
  readonly severity?: Severity;
  /** What to do meanwhile, where it is something else than to take it out. */
  readonly advice?: string;
}

/** All that comes later. What has come is taken out of this list, and put into the schema. */
export const LATER_KEYS: readonly Later[] = [
  { key: "storage.backend", when: ["postgresql"], advice: "write sqlite" },
  { key: "storage.provider.postgresql", when: "given" },
  { key: "appsvc.feature.admin.enabled", when: ["true", "yes", "on"], severity: "notice" },
  { key: "appsvc.feature.admin.allowedRoles", when: "given", severity: "notice" },
];

/** Says what this version cannot do yet, and takes it out. */
export function refuseLaterKeys(root: Section, report: Report): void {
  for (const later of LATER_KEYS) {
    const path = later.key.split(".");
    if (nodeAt(root, path) === undefined) continue;
    if (!asksFor(root, path, later)) continue;
    report.add(later.severity ?? "error", path, explain(root, path, later));
    if (later.severity !== "notice") removeNode(root, path);
  }
}

function explain(root: Section, path: Path, { when, advice, severity }: Later): string {
  const what = Array.isArray(when) && severity !== "notice" ? `${textAt(root, path)} is` : "is";
  return `${what} not yet available in this version: ${advice ?? "remove it"}`;
}

function asksFor(root: Section, path: Path, { when }: Later): boolean {
  return when === "given" || when.includes(textAt(root, path) ?? "");
}
