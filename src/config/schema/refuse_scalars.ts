/**
 * Reports scalars where a section is expected.
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
 * Reports and removes scalars where a section is expected: a schema would take a
 * {@linkcode Scalar} for a section, as it is an object.
 */
export function refuseScalars(
  schema: Schema,
  root: Section,
  report: Report,
  path: Path = [],
): void {
  const node = nodeAt(root, path);
  const keys = keysOf(schema);
  if (node instanceof Scalar && (keys || innermost(schema) instanceof z.core.$ZodRecord)) {
    report.add("error", path, "expected keys below it, not text");
    removeNode(root, path);
  } else if (keys && isSection(node)) {
    for (const [name, child] of Object.entries(keys)) {
      refuseScalars(child, root, report, [...path, name]);
    }
  } else if (Array.isArray(node)) {
    const item = itemOf(schema);
    // From the end, because removing an item moves those after it.
    for (let index = node.length - 1; item && index >= 0; index--) {
      refuseScalars(item, root, report, [...path, index]);
    }
  }
}
