/**
 * Takes an empty text for a key that is not set.
 *
 * @module
 */

import { z } from "zod";
import { Scalar } from "../../settings/scalar.ts";
import { SecretText } from "../../settings/secret.ts";
import { isSection, removeNode, type Section } from "../source/node.ts";
import type { Path } from "../source/positions.ts";
import { keysOf, type Schema } from "./walk.ts";

/**
 * Removes optional keys whose value is an empty text, if that cannot be a value of theirs. mxisd took
 * both for the same, and its examples have such keys to be filled in. An empty secret stays, to be
 * reported: somebody may rely on it.
 */
export function dropEmpty(schema: Schema, root: Section): void {
  for (const path of emptyKeys(schema, root, [])) removeNode(root, path);
}

function emptyKeys(schema: Schema, section: Section, path: Path): Path[] {
  const keys = keysOf(schema) ?? {};
  return Object.entries(section).flatMap(([name, node]) => {
    const known = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (known === undefined) return [];
    const child = [...path, name];
    if (isSection(node)) return emptyKeys(known, node, child);
    return node instanceof Scalar && node.text === "" && meansNothing(known) ? [child] : [];
  });
}

function meansNothing(schema: Schema): boolean {
  return z.safeParse(schema, undefined).success && !z.safeParse(schema, "").success &&
    !(z.safeParse(schema, "secret").data instanceof SecretText);
}
