/**
 * Looks whether there are keys where there should be keys.
 *
 * @module
 */

import { z } from "zod";
import { Scalar } from "../../settings/scalar.ts";
import { isSection, nodeAt, removeNode, type Section } from "../source/node.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";
import { innermost, itemOf, keysOf, type Schema } from "./walk.ts";

/**
 * Refuses texts in the place of sections, and takes them out: to a schema they would look like
 * sections, as a {@linkcode Scalar} is an object.
 */
export function refuseTextForSections(
  schema: Schema,
  root: Section,
  report: Report,
  path: Path = [],
): void {
  const node = nodeAt(root, path);
  const keys = keysOf(schema);
  if (node instanceof Scalar && (keys || innermost(schema) instanceof z.core.$ZodRecord)) {
    report.add("error", path, "expected keys below it, not a text");
    removeNode(root, path);
  } else if (keys && isSection(node)) {
    for (const [name, child] of Object.entries(keys)) {
      refuseTextForSections(child, root, report, [...path, name]);
    }
  } else if (Array.isArray(node)) {
    const item = itemOf(schema);
    // From the end, as what is taken out moves what follows.
    for (let index = node.length - 1; item && index >= 0; index--) {
      refuseTextForSections(item, root, report, [...path, index]);
    }
  }
}
