/**
 * Reads what is right in a section that has errors.
 *
 * @module
 */

import type { z } from "zod";
import { isSection, type Node, nodeAt, removeNode, type Section } from "../source/node.ts";
import type { Path } from "../source/positions.ts";

// Each round removes at least one key.
const MAX_ROUNDS = 50;

/**
 * The section without the keys that have errors, to check the files that the others name. `undefined`
 * when nothing is left that could be read, such as when a required key is missing.
 */
export function mendedSection<Value>(
  schema: z.ZodType<Value>,
  node: Node | undefined,
): Value | undefined {
  const holder: Section = node === undefined ? {} : { section: copy(node) };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = schema.safeParse(holder.section);
    if (result.success) return result.data;
    const wrong = result.error.issues.flatMap(pathsOf).map((path) => existing(holder, path));
    if (wrong.some((path) => path.length === 0)) return undefined;
    // From the end, because removing an item of a list moves those after it.
    for (const path of wrong.reverse()) removeNode(holder, path);
  }
  return undefined;
}

function pathsOf(issue: z.core.$ZodIssue): Path[] {
  const path = [
    "section",
    ...issue.path.map((step) => typeof step === "number" ? step : String(step)),
  ];
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
}

// The part of the path that is in the file: of a missing key, its section. The whole section is not
// removed for it.
function existing(holder: Section, path: Path): Path {
  let length = path.length;
  while (length > 1 && nodeAt(holder, path.slice(0, length)) === undefined) length--;
  return length > 1 ? path.slice(0, length) : [];
}

function copy(node: Node): Node {
  if (Array.isArray(node)) return node.map(copy);
  if (!isSection(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, copy(child)]));
}
