/**
 * Reports keys that are reserved for later versions.
 *
 * @module
 */

import { RESERVED_KEYS, type ReservedKey } from "../sections/extra_keys.ts";
import { nodeAt, removeNode, type Section, textAt } from "../source/node.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/** Reports and removes the keys that this version does not support yet. */
export function reportReservedKeys(root: Section, report: Report): void {
  for (const reserved of RESERVED_KEYS) {
    const path = reserved.key.split(".");
    if (nodeAt(root, path) === undefined) continue;
    if (!asksFor(root, path, reserved)) continue;
    report.add(reserved.severity ?? "error", path, describeReserved(root, path, reserved));
    if (reserved.severity !== "notice") removeNode(root, path);
  }
}

function describeReserved(
  root: Section,
  path: Path,
  { when, advice, severity }: ReservedKey,
): string {
  const what = Array.isArray(when) && severity !== "notice" ? `${textAt(root, path)} is` : "is";
  return `${what} not yet available in this version: ${advice ?? "remove it"}`;
}

function asksFor(root: Section, path: Path, { when }: ReservedKey): boolean {
  return when === "given" || when.includes(textAt(root, path) ?? "");
}
