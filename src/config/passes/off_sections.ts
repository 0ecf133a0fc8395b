/**
 * Sections that can be switched off by one word.
 *
 * @module
 */

import { Scalar } from "../../settings/scalar.ts";
import { OFF_SECTIONS } from "../sections/extra_keys.ts";
import { nodeAt, putNode, removeNode, type Section } from "../source/node.ts";
import type { Report } from "../source/report.ts";

/** Turns the word `off`, where a section is expected, into a section with this value. */
export function expandOffSections(root: Section, report: Report): void {
  for (const [section, key] of OFF_SECTIONS) {
    const path = section.split(".");
    const node = nodeAt(root, path);
    if (!(node instanceof Scalar)) continue;
    if (!["off", "false"].includes(node.text)) {
      report.add("error", path, `expected off, or keys below it, such as ${key}`);
      removeNode(root, path);
      continue;
    }
    putNode(root, path, { [key]: node });
    report.positions.add([...path, key], report.positions.nearest(path));
  }
}
