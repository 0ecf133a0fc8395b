import assert from "node:assert/strict";
import { tellHistory } from "../../../src/cli/outbox/story.ts";
import { settingsJsonSchema } from "../../../src/config/schema/json_schema.ts";
import { replaceTable } from "../../mail/markdown_table.ts";

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
}

const STORIES = new URL("../../golden/why/", import.meta.url);
/** The keys below `notify` that say what an email looks like, or how it is sent. */
const OTHERS = [
  ...["content", "contentFromOutside", "language", "timeZone", "templates", "brand", "link"],
  ...["redirectTo", "replyTo", "secret", "unsubscribe"],
];
const TIME = /\d{4}-\d\d-\d\dT[\d:]+Z/g;

interface Key {
  readonly key: string;
  readonly schema: Schema;
}

/** The keys below a section; one that can be `off` is a key as well. */
function keysOf(section: Schema, path: string): readonly Key[] {
  return Object.entries(section.properties ?? {}).flatMap(([name, schema]): readonly Key[] => {
    const key = `${path}.${name}`;
    const below = [schema, ...schema.anyOf ?? []].filter(({ properties }) => properties);
    const inner = below.flatMap((part) => keysOf(part, key));
    return schema.properties ? inner : [{ key, schema }, ...inner];
  });
}

function policyKeys(): readonly Key[] {
  const notify = (JSON.parse(settingsJsonSchema()) as Schema).properties?.notify;
  assert(notify);
  const policy = Object.entries(notify.properties ?? {}).filter(([name]) => !OTHERS.includes(name));
  return keysOf({ properties: Object.fromEntries(policy) }, "notify");
}

/** All sentences of the stories that `why` tells in its tests. */
async function sentences(): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(STORIES));
  const files = entries.map(({ name }) => name).filter((name) => name.endsWith(".txt")).sort();
  const texts = await Promise.all(files.map((name) => Deno.readTextFile(new URL(name, STORIES))));
  return texts.flatMap((text) => text.split("\n"))
    .filter((line) => /^ {2}\d{4}-/.test(line))
    .flatMap((line) => line.replace(/^\s*\S+\s+/, "").split(/(?<=\.) (?=[A-Z"])/));
}

/** What `why` says when a setting skips an invitation by what it lists. */
function skippedBy(key: string): string | undefined {
  const reason = key.endsWith(".only")
    ? `not in ${key}`
    : key.endsWith(".except")
    ? `in ${key}`
    : key.startsWith("notify.kinds.")
    ? `${key} is false`
    : undefined;
  if (reason === undefined) return undefined;
  const invitation = {
    invitee: "@bob:example.org",
    state: "skipped" as const,
    waiting: { kind: "no" as const },
  };
  return tellHistory(invitation, [{ at: 0, step: "skipped", data: { reason } }])[0]?.text;
}

/** The sentence that names a key, or its section. */
function sentenceAbout(key: string, all: readonly string[]): string {
  const listed = skippedBy(key);
  if (listed !== undefined) return listed;
  for (let path = key; path !== "notify"; path = path.slice(0, path.lastIndexOf("."))) {
    const names = new RegExp(`${path.replaceAll(".", "\\.")}(?![.]?[a-zA-Z])`);
    const found = all.find((sentence) => names.test(sentence));
    if (found !== undefined) return found.replace(TIME, "...").replace(/\bm\d+\b/g, "m1");
  }
  return "";
}

function defaultOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll(/[*|_<]/g, "\\$&");
}

Deno.test("docs/policy.md has the table of all keys as the schema and why have them", async () => {
  const all = await sentences();
  const rows = policyKeys().map(({ key, schema }) => [
    `\`${key}\``,
    defaultOf(schema.default),
    cell(schema.description ?? ""),
    cell(sentenceAbout(key, all)),
  ]);
  assert(rows.length > 30);
  const head = ["key", "default", "what it does", "what `why` says"];
  await replaceTable("keys", head, rows, "policy.md");
});

Deno.test("each key of the policy that why names in its tests exists", async () => {
  const notify = (JSON.parse(settingsJsonSchema()) as Schema).properties?.notify ?? {};
  const known = keysOf(notify, "notify").map(({ key }) => key);
  const named = (await sentences()).flatMap((sentence) =>
    sentence.match(/\bnotify(?:\.[a-zA-Z]+)+/g) ?? []
  );
  assert(named.length > 30);
  const unknown = named.filter((name) =>
    !known.some((key) => key === name || key.startsWith(`${name}.`))
  );
  assert.deepEqual(unknown, []);
});
