/**
 * The configuration's JSON Schema, for editors.
 *
 * @module
 */

import { z } from "zod";
import { notation } from "../../settings/scalar.ts";
import { IGNORED_KEYS, OFF_SECTIONS, RENAMED_KEYS, RESERVED_KEYS } from "../sections/extra_keys.ts";
import { DIRECTORY_SECTIONS, settingsSchema } from "../sections/settings.ts";
import { keysOf, outermost, type Schema } from "./walk.ts";

/** A part of a JSON Schema. */
interface JsonSchema {
  description?: string | undefined;
  deprecated?: boolean;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  [keyword: string]: unknown;
}

// Required settings that need not be in the file: the registration may have them.
const FROM_ELSEWHERE = ["appsvc.endpoint.toAS.token"];

/** The JSON Schema (draft 2020-12) of the configuration, as indented text. */
export function settingsJsonSchema(): string {
  const schema = z.toJSONSchema(settingsSchema, {
    io: "input",
    override({ zodSchema, jsonSchema }) {
      describeValue(zodSchema, jsonSchema);
      const keys = zodSchema instanceof z.core.$ZodObject ? keysOf(zodSchema) : undefined;
      if (keys) jsonSchema.required = requiredOf(keys);
    },
  }) as JsonSchema;
  for (const key of FROM_ELSEWHERE) dropRequired(schema, key.split("."));
  for (const [old, now] of RENAMED_KEYS) addKey(schema, old, `The old name of ${now}.`);
  for (const key of IGNORED_KEYS) {
    addKey(schema, key, "Belongs to other features of mxisd; ignored.");
  }
  for (const { key } of RESERVED_KEYS) addKey(schema, key, "Not yet available in this version.");
  for (const name of DIRECTORY_SECTIONS) allowList(schema, name);
  for (const [section] of OFF_SECTIONS) allowOff(schema, section.split("."));
  const title = "The configuration of appservice-mxisd, mxisd.yaml";
  return JSON.stringify({ title, ...schema }, withoutEmpty, 2) + "\n";
}

// Adds what zod leaves out for values that are transformed while they are parsed, as most are.
function describeValue(zodSchema: Schema, jsonSchema: z.core.JSONSchema.BaseSchema): void {
  const examples = z.globalRegistry.get(zodSchema)?.examples;
  if (Array.isArray(examples)) jsonSchema.examples = examples;
  const { def } = zodSchema._zod;
  if (def.type !== "default" && def.type !== "prefault") return;
  const { defaultValue } = def as z.core.$ZodDefaultDef;
  // A default that is set after parsing is described by its notation in the file.
  const write = outermost(zodSchema, (inner) => notation.get(inner)?.write);
  const value = write && def.type === "default" ? write(defaultValue) : defaultValue;
  if (JSON.stringify(value) === "{}") delete jsonSchema.default;
  else jsonSchema.default = value as never;
}

function requiredOf(keys: Readonly<Record<string, Schema>>): string[] {
  return Object.keys(keys).filter((name) =>
    keys[name] && !z.safeParse(keys[name], undefined).success
  );
}

// Makes a key optional, and the sections that are required only because of it.
function dropRequired(schema: JsonSchema, path: readonly string[]): void {
  const [name, ...below] = path;
  const property = name === undefined ? undefined : schema.properties?.[name];
  if (property) dropRequired(property, below);
  const done = below.length === 0 || property?.required?.length === 0;
  if (done) schema.required = schema.required?.filter((other) => other !== name) ?? [];
}

// A section that may be a list of directories.
function allowList(schema: JsonSchema, name: string): void {
  const section = schema.properties?.[name];
  const directory = section?.properties?.directories?.items;
  if (!schema.properties || !section || !directory) return;
  const { description, ...keys } = section;
  schema.properties[name] = {
    description,
    anyOf: [keys, { type: "array", items: directory }],
  };
}

// A section that may be switched off by one word.
function allowOff(schema: JsonSchema, [name = "", ...below]: readonly string[]): void {
  const section = schema.properties?.[name];
  if (!schema.properties || !section) return;
  if (below.length > 0) return allowOff(section, below);
  const { description, ...keys } = section;
  schema.properties[name] = { description, anyOf: [keys, { enum: ["off", false] }] };
}

function withoutEmpty(keyword: string, value: unknown): unknown {
  return keyword === "required" && Array.isArray(value) && value.length === 0 ? undefined : value;
}

function addKey(schema: JsonSchema, key: string, description: string): void {
  const parts = key.split(".");
  const last = parts.pop();
  let section = schema;
  for (const part of parts) {
    if (part === "*") section = section.items ?? section;
    else {
      section.properties ??= {};
      section = section.properties[part] ??= { type: "object", deprecated: true };
    }
  }
  section.properties ??= {};
  if (last !== undefined) section.properties[last] ??= { description, deprecated: true };
}
