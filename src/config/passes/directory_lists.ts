/**
 * Several directories in one section.
 *
 * @module
 */

import { Scalar } from "../../settings/scalar.ts";
import { DIRECTORY_SECTIONS } from "../sections/settings.ts";
import { isSection, type Node, nodeAt, type Section } from "../source/node.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/**
 * Makes of a list of directories, where a section is expected, a section with the key
 * `directories`. Beside that key nothing but `enabled` counts, and the report says so.
 */
export function gatherDirectories(root: Section, report: Report): void {
  for (const name of DIRECTORY_SECTIONS) {
    const node = nodeAt(root, [name]);
    if (Array.isArray(node)) {
      root[name] = { enabled: new Scalar(true, "true", NOWHERE), directories: node };
      keepPlaces(node, [name], [name, "directories"], report);
    } else if (isSection(node) && Array.isArray(node.directories) && node.directories.length > 0) {
      for (const key of Object.keys(node)) {
        if (key === "enabled" || key === "directories") continue;
        report.add("error", [name, key], "counts for nothing beside directories: move it there");
        delete node[key];
      }
    }
  }
}

// A switch refers to no file and no variable.
const NOWHERE = { resolve: (path: string) => path, readSecret: () => "", env: () => undefined };

function keepPlaces(node: Node, written: Path, now: Path, report: Report): void {
  report.places.add(now, report.places.nearest(written));
  const children: readonly [string | number, Node][] = Array.isArray(node)
    ? [...node.entries()]
    : isSection(node)
    ? Object.entries(node)
    : [];
  for (const [step, child] of children) {
    keepPlaces(child, [...written, step], [...now, step], report);
  }
}
