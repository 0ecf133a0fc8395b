/** docs/configuration.md: every key, made of the schema and of the examples in mxisd.example.yaml. */

import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { settingsJsonSchema } from "../../src/config/schema/json_schema.ts";
import { settingsSchema } from "../../src/config/sections/settings.ts";
import { markdownTable } from "../mail/markdown_table.ts";

interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly deprecated?: boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
}

interface Key {
  readonly key: string;
  readonly schema: Schema;
  readonly required: boolean;
}

const PAGE = new URL("../../docs/configuration.md", import.meta.url);
const EXAMPLE = new URL("../../mxisd.example.yaml", import.meta.url);

// What has the keys of another section.
const SAME: Readonly<Record<string, string>> = {
  "netiq": "The keys are those of [`ldap`](#ldap).",
  "ldap.directories": "list of directories, each with the keys of `ldap`",
};

const INTRODUCTION = `# The configuration

Every key, with its type, its default and an example. [mxisd.example.yaml](../mxisd.example.yaml)
shows them in a file; [stores.md](stores.md), [mail.md](mail.md), [brand.md](brand.md) and
[policy.md](policy.md) explain what belongs together. \`appservice-mxisd config check\` says what is
wrong with a file, and \`config dump\` prints the settings in effect.

A secret is text, \`{ file: path }\` or \`{ env: MXISD_NAME }\`. The path is relative to the folder of
the configuration, or a name in systemd's \`$CREDENTIALS_DIRECTORY\`. A duration is \`0\`, \`90s\`, \`2m\`,
\`24h\` or \`7d\`; a limit is \`20/day\`, \`60/hour\`, \`5/minute\` or \`off\`. Relative paths of keys that
mxisd had are relative to the working directory, those of new keys to the folder of the
configuration.

Editors know the keys from [mxisd.schema.json](mxisd.schema.json): write
\`# yaml-language-server: $schema=docs/mxisd.schema.json\` in the first line.
`;

Deno.test("docs/configuration.md has every key with its type, default and example", async () => {
  const page = await makePage();
  if (Deno.env.get("UPDATE_GOLDEN") === "1") return await Deno.writeTextFile(PAGE, page);
  assert.equal(page, await Deno.readTextFile(PAGE), "UPDATE_GOLDEN=1 rewrites it");
});

async function makePage(): Promise<string> {
  // Keys that are commented out have no blank after the #.
  const text = (await Deno.readTextFile(EXAMPLE)).replace(/^( *)#(?=\S)/gm, "$1");
  const example = parse(text);
  const schema = JSON.parse(settingsJsonSchema()) as Schema;
  const sections = Object.keys(settingsSchema.shape).map((name) => {
    const section = schema.properties?.[name] ?? {};
    const head = `## \`${name}\`\n\n${cell(section.description ?? "")}\n`;
    if (SAME[name]) return `${head}\n${SAME[name]}\n`;
    const rows = keysBelow(section, name).map((key) => row(key, example));
    return `${head}\n${markdownTable(["key", "type", "default", "example", "meaning"], rows)}\n`;
  });
  return [INTRODUCTION, ...sections].join("\n");
}

function keysBelow(schema: Schema, path: string): readonly Key[] {
  const section = withKeys(schema);
  return Object.entries(section?.properties ?? {}).flatMap(([name, child]): readonly Key[] => {
    if (child.deprecated) return [];
    const key = { key: `${path}.${name}`, schema: child, required: isRequired(section, name) };
    if (SAME[key.key]) return [key];
    const item = child.items;
    const inner = withKeys(child)
      ? keysBelow(child, key.key)
      : item && withKeys(item)
      ? keysBelow(item, `${key.key}[]`)
      : [];
    // A section has nothing but its keys, unless it can be something else as well.
    return withKeys(child) && !child.anyOf ? inner : [key, ...inner];
  });
}

// The part of a schema that has keys. A reference to a secret has none of its own.
function withKeys(schema: Schema): Schema | undefined {
  return [schema, ...schema.anyOf ?? []].find((part) => part.properties && !isReference(part));
}

function isReference({ properties = {} }: Schema): boolean {
  const names = Object.keys(properties);
  return names.length === 1 && ["file", "env"].includes(names[0] ?? "");
}

function isRequired(section: Schema | undefined, name: string): boolean {
  return section?.required?.includes(name) ?? false;
}

function row({ key, schema, required }: Key, example: unknown): readonly string[] {
  return [
    `\`${key}\``,
    SAME[key] ?? typeOf(schema),
    schema.default === undefined ? (required ? "required" : "") : code(schema.default),
    code(exampleOf(key, schema, example)),
    cell(schema.description ?? ""),
  ];
}

function typeOf(schema: Schema): string {
  const { anyOf, items, minimum, maximum } = schema;
  if (schema.enum) return schema.enum.map(code).join(", ");
  if (anyOf?.some(isReference)) return "secret";
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(", or ");
  if (schema.type === "array" || items && !schema.type) {
    return items && withKeys(items) ? "list of sections" : `list of ${typeOf(items ?? {})}`;
  }
  if (schema.type === "integer" || schema.type === "number") {
    const range = minimum === undefined || maximum === undefined || maximum > 1e9
      ? ""
      : `, ${minimum} to ${maximum}`;
    return `number${range}`;
  }
  if (schema.type === "object") return "section";
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => typeOf({ ...schema, type })).join(", or ");
  }
  return schema.type === "boolean" ? "`true` or `false`" : "text";
}

// As the example file has it, else as the schema does.
function exampleOf(key: string, schema: Schema, example: unknown): unknown {
  let value = example;
  for (const step of key.split(/\.|(\[\])/)) {
    if (step === undefined || step === "") continue;
    if (step === "[]") value = Array.isArray(value) ? value[0] : undefined;
    else value = (value as Record<string, unknown> | undefined)?.[step];
  }
  if (value !== undefined && value !== null) return value;
  const [first] = schema.examples ?? [];
  return first ?? schema.default ?? (schema.type === "boolean" ? true : schema.enum?.[0]);
}

const MAX_EXAMPLE_CHARS = 90;

// A value as it is written in a file, in one line.
function code(value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" && !/[:#]|^$/.test(value) ? value : stringify(value, {
    collectionStyle: "flow",
    flowCollectionPadding: true,
    lineWidth: 0,
  }).trim();
  const line = text.replaceAll(/\s*\n\s*/g, " ");
  const shown = line.length > MAX_EXAMPLE_CHARS ? `${line.slice(0, MAX_EXAMPLE_CHARS)}...` : line;
  return `\`${shown.replaceAll("|", "\\|")}\``;
}

function cell(text: string): string {
  return text.replaceAll(/[<>]/g, (sign) => sign === "<" ? "&lt;" : "&gt;").replaceAll("|", "\\|")
    .replaceAll(/[*_](?=\S)/g, "\\$&");
}
