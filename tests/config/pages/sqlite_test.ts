import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { openPage } from "./page.ts";
import { sqlPage } from "./sql_page.ts";

const BOB = userOf("bob");

async function withDatabase(statements: string, body: (file: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/people.db`;
    using database = new DatabaseSync(file);
    database.exec(statements);
    await body(file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const PEOPLE = `
  CREATE TABLE people(id TEXT, login TEXT, name TEXT, mail TEXT, department TEXT);
  INSERT INTO people VALUES ('${BOB}', 'bob', 'Bob', 'bob@example.org', 'staff');
  CREATE TABLE user_threepids(user_id TEXT, medium TEXT, address TEXT);
  INSERT INTO user_threepids VALUES ('${BOB}', 'email', 'b@example.org');`;

Deno.test("mxisd's page on SQL: all of its examples, on SQLite", async () => {
  await withDatabase(PEOPLE, async (file) => {
    await using page = await openPage(sqlPage("sqlite", file));
    assert.deepEqual(page.stores, ["sql"]);
    assert.equal(page.ignored, "sql.directory, sql.identity");
    assert.deepEqual(page.warnings, []);
    assert.deepEqual(
      await page.people.findProfile(BOB),
      profileWith({
        addresses: ["bob@example.org"],
        displayName: "Bob",
        roles: ["staff"],
        state: "active",
      }),
    );
    assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
  });
});

Deno.test("mxisd's page on SQL: the built-in query is used by default", async () => {
  await withDatabase(PEOPLE, async (file) => {
    const basic = `sql:\n  enabled: true\n  type: sqlite\n  connection: ${file}\n`;
    await using page = await openPage(basic);
    assert.deepEqual((await page.people.findProfile(BOB))?.addresses, ["b@example.org"]);
  });
});
