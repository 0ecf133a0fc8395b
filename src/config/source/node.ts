/**
 * The tree of a configuration as it is written: sections, lists and scalars, before validation.
 *
 * @module
 */

import { Scalar } from "../../settings/scalar.ts";
import type { Path } from "./positions.ts";

/** A value of the configuration as it is written. */
export type Node = Scalar | List | Section;

/** A list. */
export type List = Node[];

/** Keys and their values, in the order of the file. */
export interface Section {
  [key: string]: Node;
}

/** Whether it is a section, which has keys. */
export function isSection(node: unknown): node is Section {
  return typeof node === "object" && node !== null && !Array.isArray(node) &&
    !(node instanceof Scalar);
}

/** The value at a path, if there is one. */
export function nodeAt(root: Node | undefined, path: Path): Node | undefined {
  let node = root;
  for (const step of path) {
    if (Array.isArray(node)) node = node[Number(step)];
    else if (isSection(node) && Object.hasOwn(node, step)) node = node[step];
    else return undefined;
  }
  return node;
}

/** The text of the scalar at a path, as it is written. */
export function textAt(root: Node, path: Path): string | undefined {
  const node = nodeAt(root, path);
  return node instanceof Scalar ? node.text : undefined;
}

/** Sets the value at a path, and makes the sections above it; `false` when a value is in the way. */
export function putNode(root: Section, path: readonly string[], node: Node): boolean {
  let section = root;
  for (const step of path.slice(0, -1)) {
    if (!Object.hasOwn(section, step)) section[step] = {};
    const next = section[step];
    if (!isSection(next)) return false;
    section = next;
  }
  const last = path.at(-1);
  if (last === undefined) return false;
  section[last] = node;
  return true;
}

/** Removes a value, and the sections that are empty without it. */
export function removeNode(root: Section, path: Path): void {
  const parent = nodeAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  if (last === undefined || !isSection(parent)) return;
  delete parent[last];
  if (Object.keys(parent).length === 0) removeNode(root, path.slice(0, -1));
}
