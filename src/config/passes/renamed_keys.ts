/**
 * Moves settings that older versions had under other names.
 *
 * @module
 */

import { Scalar } from "../../settings/scalar.ts";
import { RENAMED_KEYS } from "../sections/extra_keys.ts";
import {
  isSection,
  type Node,
  nodeAt,
  putNode,
  removeNode,
  type Section,
  textAt,
} from "../source/node.ts";
import { describePosition, keyName, type Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

const LISTENER: Path = ["matrix", "listener"];

/**
 * Moves the values of renamed keys to their new keys. It is an error when both are set and differ.
 */
export function moveRenamedKeys(root: Section, report: Report): void {
  // mxisd 1.2 ignored the section if its URL was empty, as it was by default.
  if (textAt(root, [...LISTENER, "url"]) === "") removeNode(root, LISTENER);
  for (const [old, now] of RENAMED_KEYS) move(root, report, old.split("."), now.split("."));
  moveRootLogLevel(root, report);
  const rest = nodeAt(root, LISTENER);
  if (!isSection(rest)) return;
  for (const name of Object.keys(rest)) {
    const known = "url, localpart, token.as and token.hs";
    report.add("error", [...LISTENER, name], `is unknown: matrix.listener has ${known}`);
  }
  removeNode(root, LISTENER);
}

function move(root: Section, report: Report, old: Path, now: readonly string[]): void {
  const node = nodeAt(root, old);
  if (node === undefined) return;
  const newer = nodeAt(root, now);
  const entry = report.positions.nearest(old);
  if (newer === undefined) {
    if (!putNode(root, now, node)) return; // the schema reports the value in the way
    report.positions.add(now, entry);
  } else if (canonical(newer) !== canonical(node)) {
    const other = report.positions.nearest(now);
    const where = `${keyName(other.written)} (${describePosition(other.key)})`;
    report.add("error", old, `differs from ${where}: remove one of the two`);
  }
  removeNode(root, old);
}

// ma1sd's level for everything, including libraries, applies unless there is another one. mxisd 1.2
// had Spring's levels for each class in logging.level.
function moveRootLogLevel(root: Section, report: Report): void {
  const old = ["logging", "root"];
  if (nodeAt(root, ["logging", "level"]) === undefined) {
    move(root, report, old, ["logging", "level"]);
  } else if (nodeAt(root, old) instanceof Scalar) removeNode(root, old);
}

function canonical(node: Node): string {
  if (node instanceof Scalar) return String(node.value).replace(/\/+$/, "");
  if (Array.isArray(node)) return JSON.stringify(node.map(canonical));
  return JSON.stringify(Object.entries(node).map(([key, value]) => [key, canonical(value)]).sort());
}
