import assert from "node:assert/strict";
import { changedKeys, renew, START_KEYS } from "../../../src/app/swap/changed_keys.ts";
import { loadSettings } from "../../../src/config/load.ts";
import type { Settings } from "../../../src/config/sections/settings.ts";
import { ConnectionString } from "../../../src/settings/connection_string.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { type Differences, makeWorkspace } from "../../cli/workspace.ts";

for (
  const [what, one, other, expected] of [
    ["nothing", { a: { b: 1 } }, { a: { b: 1 } }, []],
    ["a value", { a: { b: 1, c: 2 } }, { a: { b: 3, c: 2 } }, ["a.b"]],
    ["a value that is new", { a: {} }, { a: { b: 1 } }, ["a.b"]],
    ["a value that is gone", { a: { b: 1 } }, { a: {} }, ["a.b"]],
    ["a whole section that is new", {}, { a: { b: 1, c: 2 } }, ["a"]],
    ["null for a value", { a: 1 }, { a: null }, ["a"]],
    ["a secret", { a: new Secret("one") }, { a: new Secret("other") }, ["a"]],
    ["a secret that is the same", { a: new Secret("one") }, { a: new Secret("one") }, []],
    [
      "a password in a connection",
      { a: new ConnectionString("//host/db?password=one") },
      { a: new ConnectionString("//host/db?password=other") },
      ["a"],
    ],
    ["a list's length", { a: [1] }, { a: [1, 2] }, ["a"]],
    ["a list's order", { a: [1, 2] }, { a: [2, 1] }, ["a"]],
    ["a secret in a list", { a: [{ b: new Secret("1") }] }, { a: [{ b: new Secret("2") }] }, ["a"]],
    ["a list that is the same", { a: [{ b: [1] }] }, { a: [{ b: [1] }] }, []],
    ["a list for an object", { a: {} }, { a: [] }, ["a"]],
  ] as const
) {
  Deno.test(`settings are compared: ${what}`, () => {
    assert.deepEqual(changedKeys(one, other), expected);
  });
}

async function settingsWith(differences: Differences): Promise<Settings> {
  await using workspace = await makeWorkspace({
    "server.port": 8090,
    "appsvc.endpoint.toAS.url": "http://127.0.0.1:8090",
    "server.publicUrl": "http://127.0.0.1:8090",
    "storage.provider.sqlite.database": "/tmp/appservice-mxisd-no-such.db",
    ...differences,
  });
  const loaded = await loadSettings(workspace.path("mxisd.yaml"));
  if (loaded.kind === "refused") throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
}

Deno.test("what is read at the start alone keeps its value, and is named", async () => {
  const present = await settingsWith({ "notify.secret": "a secret of thirty-two characters" });
  const next = await settingsWith({
    "notify.secret": "another secret of thirty-two chars",
    "notify.delay": "7m",
    "notify.digest.window": "3h",
    "server.host": "127.0.0.2",
    "server.metrics.port": 9999,
    "storage.retention": "10d",
    "storage.provider.sqlite.database": "/tmp/appservice-mxisd-other.db",
    "appsvc.endpoint.toAS.token": "another-token-of-the-homeserver",
  });
  const { settings, changed, atStart } = renew(present, next);
  assert.deepEqual([...atStart].sort(), [
    "notify.digest.window",
    "notify.secret",
    "server.host",
    "server.metrics.port",
    "storage.provider.sqlite.database",
  ]);
  assert.deepEqual([...changed].sort(), [
    "appsvc.endpoint.toAS.token",
    "notify.delay",
    "storage.retention",
  ]);
  assert.deepEqual(changedKeys(present, settings), changed);
  assert.deepEqual(changedKeys(next, settings), atStart);
});

Deno.test("a file that is the same changes nothing", async () => {
  const [present, next] = [await settingsWith({}), await settingsWith({})];
  const { settings, ...keys } = renew(present, next);
  assert.deepEqual(keys, { changed: [], atStart: [] });
  assert.deepEqual(changedKeys(settings, present), []);
});

Deno.test("every key that is read at the start alone is one of the configuration", async () => {
  const settings: unknown = await settingsWith({
    "server.host": "127.0.0.1",
    "notify.secret": "a secret of thirty-two characters",
    "notify.bounces.domain": "bounces.example.org",
    "notify.bounces.folder": "/tmp",
  });
  for (const key of START_KEYS) {
    let value = settings;
    for (const name of key.split(".")) value = (value as Record<string, unknown>)?.[name];
    assert.notEqual(value, undefined, key);
  }
});
