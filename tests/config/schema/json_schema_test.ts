import assert from "node:assert/strict";
import { settingsJsonSchema } from "../../../src/config/schema/json_schema.ts";

const FILE = new URL("../../../docs/mxisd.schema.json", import.meta.url);

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly deprecated?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

function undescribed(schema: Schema, path: string): string[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const key = path === "" ? name : `${path}.${name}`;
    const here = child.description || child.deprecated ? [] : [key];
    return [...here, ...undescribed(child, key)];
  });
  return schema.items ? [...below, ...undescribed(schema.items, `${path}[]`)] : below;
}

Deno.test("the committed schema is up to date", async () => {
  const schema = settingsJsonSchema();
  if (Deno.env.get("UPDATE_GOLDEN") === "1") return await Deno.writeTextFile(FILE, schema);
  assert.equal(schema, await Deno.readTextFile(FILE), "UPDATE_GOLDEN=1 rewrites it");
});

Deno.test("each key is described", () => {
  assert.deepEqual(undescribed(JSON.parse(settingsJsonSchema()), ""), []);
});

Deno.test("defaults are shown as they are written", () => {
  const { properties } = JSON.parse(settingsJsonSchema()) as Schema;
  assert.equal(properties?.notify?.properties?.delay?.default, "10s");
  assert.equal(properties?.notify?.properties?.limits?.properties?.perAddress?.default, "20/day");
  assert.equal(properties?.rest?.properties?.timeout?.default, "10s");
  assert.equal(properties?.server?.properties?.port?.default, 8090);
});

Deno.test("only keys that have to be in the file are required", () => {
  const schema = JSON.parse(settingsJsonSchema()) as Schema;
  assert.deepEqual(schema.required, ["matrix", "appsvc"]);
  const endpoint = schema.properties?.appsvc?.properties?.endpoint;
  assert.deepEqual(endpoint?.required, ["toHS"]);
  assert.equal(endpoint?.properties?.toAS?.required, undefined);
});
