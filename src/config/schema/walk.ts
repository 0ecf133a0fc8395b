/**
 * Walks through a schema: its keys, and the metadata of each.
 *
 * @module
 */

import { z } from "zod";
import type { Path } from "../source/positions.ts";

/** Any schema. */
export type Schema = z.core.$ZodType;

/** The schema of the value itself, without defaults and transformations around it. */
export function innermost(schema: Schema): Schema {
  for (let inner = schema;;) {
    if (
      inner instanceof z.core.$ZodOptional || inner instanceof z.core.$ZodDefault ||
      inner instanceof z.core.$ZodPrefault || inner instanceof z.core.$ZodNullable ||
      inner instanceof z.core.$ZodReadonly
    ) {
      inner = inner._zod.def.innerType;
    } else if (inner instanceof z.core.$ZodPipe) {
      const { in: input, out } = inner._zod.def;
      inner = input instanceof z.core.$ZodTransform ? out : input;
    } else return inner;
  }
}

/** The keys of a section and their schemas; `undefined` when it is something else. */
export function keysOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const inner = innermost(schema);
  return inner instanceof z.core.$ZodObject ? inner._zod.def.shape : undefined;
}

/** The schema of a list's items, or of the values of a section whose keys are free. */
export function itemOf(schema: Schema): Schema | undefined {
  const inner = innermost(schema);
  if (inner instanceof z.core.$ZodArray) return inner._zod.def.element;
  return inner instanceof z.core.$ZodRecord ? inner._zod.def.valueType : undefined;
}

/** The schema of the value at a path. */
export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  let found: Schema | undefined = schema;
  for (const step of path) {
    if (found === undefined) return undefined;
    const keys: Readonly<Record<string, Schema>> | undefined = keysOf(found);
    found = keys ? (Object.hasOwn(keys, step) ? keys[step] : undefined) : itemOf(found);
  }
  return found;
}

/** All keys that can be written, outer ones first; `[]` stands for any item of a list. */
export function allKeys(schema: Schema, prefix: readonly string[] = []): string[][] {
  const keys = keysOf(schema);
  if (keys) {
    return Object.entries(keys).flatMap(([name, child]) => {
      const path = [...prefix, name];
      return [path, ...allKeys(child, path)];
    });
  }
  const item = itemOf(schema);
  return item ? allKeys(item, [...prefix, "[]"]) : [];
}

/** What the function finds for the outermost of the schemas that are wrapped around a value. */
export function outermost<Found>(
  schema: Schema,
  find: (schema: Schema) => Found | undefined,
): Found | undefined {
  for (let current: Schema | undefined = schema; current;) {
    const found = find(current);
    if (found !== undefined) return found;
    const definition = current._zod.def as { innerType?: Schema; in?: Schema; out?: Schema };
    const input = definition.in instanceof z.core.$ZodTransform ? definition.out : definition.in;
    current = definition.innerType ?? input;
  }
  return undefined;
}
