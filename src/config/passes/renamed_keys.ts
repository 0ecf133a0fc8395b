/**
 * Settings that older versions had under other names.
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
import { keyName, type Path, placeName } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

const LISTENER: Path = ["matrix", "listener"];

/**
 * Moves old keys' values to where they belong now. When both are given and differ, the report says
 * so.
 */
export function moveOldKeys(root: Section, report: Report): void {
  // mxisd 1.2 took no notice of the section when its URL was empty, as it was by default.
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
  const entry = report.places.nearest(old);
  if (newer === undefined) {
    if (!putNode(root, now, node)) return; // the schema will complain about what is in the way
    report.places.add(now, entry);
  } else if (canonical(newer) !== canonical(node)) {
    const other = report.places.nearest(now);
    const where = `${keyName(other.written)} (${placeName(other.key)})`;
    report.add("error", old, `says something else than ${where}: remove one of the two`);
  }
  removeNode(root, old);
}

// ma1sd's level for everything, libraries included: it counts where there is no other. Spring's
// levels for each class, in mxisd 1.2, stand in logging.level.
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
