/**
 * Sections that list several directories.
 *
 * @module
 */

import { Scalar } from "../../settings/scalar.ts";
import { DIRECTORY_SECTIONS } from "../sections/settings.ts";
import { isSection, type Node, nodeAt, type Section } from "../source/node.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/**
 * Turns a list of directories, where a section is expected, into a section with the key
 * `directories`. Beside that key only `enabled` may be set: other keys are errors.
 */
export function expandDirectoryLists(root: Section, report: Report): void {
  for (const name of DIRECTORY_SECTIONS) {
    const node = nodeAt(root, [name]);
    if (Array.isArray(node)) {
      root[name] = { enabled: new Scalar(true, "true", NOWHERE), directories: node };
      keepPositions(node, [name], [name, "directories"], report);
    } else if (isSection(node) && Array.isArray(node.directories) && node.directories.length > 0) {
      for (const key of Object.keys(node)) {
        if (key === "enabled" || key === "directories") continue;
        report.add(
          "error",
          [name, key],
          "has no effect beside directories: move it into each of them",
        );
        delete node[key];
      }
    }
  }
}

// The value `true` refers to neither a file nor a variable.
const NOWHERE = { resolve: (path: string) => path, readSecret: () => "", env: () => undefined };

function keepPositions(node: Node, written: Path, now: Path, report: Report): void {
  report.positions.add(now, report.positions.nearest(written));
  const children: readonly [string | number, Node][] = Array.isArray(node)
    ? [...node.entries()]
    : isSection(node)
    ? Object.entries(node)
    : [];
  for (const [step, child] of children) {
    keepPositions(child, [...written, step], [...now, step], report);
  }
}
