/**
 * Notations of mxisd 1.2 and older: keys with dots, and values that refer to other keys.
 *
 * @module
 */

import { Scalar } from "../../settings/scalar.ts";
import { isSection, type Node, nodeAt, putNode, type Section, textAt } from "../source/node.ts";
import { keyName, type Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

const DOTTED = /^[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)+$/;

// Below these, names with dots are names.
const FREE = [/^logging\.level$/, /\.attribute\.threepid$/];

/** Turns keys with dots into sections, wherever they are. A key that is there twice is an error. */
export function expandDottedKeys(root: Section, report: Report, section: Path = []): void {
  const node = nodeAt(root, section) ?? root;
  if (Array.isArray(node)) {
    for (const index of node.keys()) expandDottedKeys(root, report, [...section, index]);
  }
  if (!isSection(node) || FREE.some((free) => free.test(keyName(section)))) return;
  for (const [name, child] of Object.entries(node)) {
    if (DOTTED.test(name)) {
      delete node[name];
      place(child, [...section, name], [...section, ...name.split(".")]);
    }
  }
  for (const name of Object.keys(node)) expandDottedKeys(root, report, [...section, name]);

  function place(child: Node, written: Path, now: Path): void {
    if (isSection(child) && nodeAt(root, now) !== undefined) {
      for (const [name, below] of Object.entries(child)) {
        place(below, [...written, name], [...now, name]);
      }
      return;
    }
    const below = now.slice(section.length) as string[];
    if (nodeAt(root, now) !== undefined || !isSection(node) || !putNode(node, below, child)) {
      report.add("error", written, `${keyName(now)} is set twice: remove one of the two`);
      return;
    }
    recordAll(child, written, now, report);
  }
}

function recordAll(node: Node, written: Path, now: Path, report: Report): void {
  report.positions.add(now, { ...report.positions.nearest(written), written });
  const children = Array.isArray(node)
    ? [...node.entries()]
    : isSection(node)
    ? Object.entries(node)
    : [];
  for (const [step, child] of children) {
    recordAll(child, [...written, step], [...now, step], report);
  }
}

const REFERENCE = /\$\{([A-Za-z0-9.]+)\}/g;

/**
 * Replaces references such as `${matrix.domain}` by what they refer to.
 *
 * @returns The paths of the values that had any.
 */
export function replaceReferences(root: Section): readonly Path[] {
  const replaced: Path[] = [];
  for (const path of leaves(root)) {
    const scalar = nodeAt(root, path);
    if (!(scalar instanceof Scalar) || !scalar.text.includes("${")) continue;
    const text = scalar.text.replace(
      REFERENCE,
      (whole, key: string) => textAt(root, key.split(".")) ?? whole,
    );
    if (text === scalar.text) continue;
    setLeaf(root, path, new Scalar(text, text, scalar.origin));
    replaced.push(path);
  }
  return replaced;
}

/** Replaces the value at a path that is there. */
export function setLeaf(root: Section, path: Path, node: Node): void {
  const parent = nodeAt(root, path.slice(0, -1)) ?? root;
  const last = path.at(-1);
  if (Array.isArray(parent)) parent[Number(last)] = node;
  else if (isSection(parent) && last !== undefined) parent[last] = node;
}

/** The paths of all scalars, in the order of the file. Empty lists count as well. */
export function leaves(node: Node, path: Path = []): readonly Path[] {
  if (node instanceof Scalar) return [path];
  const children: readonly (readonly [string | number, Node])[] = Array.isArray(node)
    ? [...node.entries()]
    : Object.entries(node);
  if (children.length === 0 && path.length > 0) return [path];
  return children.flatMap(([step, child]) => leaves(child, [...path, step]));
}
