import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { UserId } from "../../../src/domain/user_id.ts";
import type { IdentityStore } from "../../../src/identity/port.ts";
import { openWordpressStore, wordpressSection } from "../../../src/identity/sql/wordpress.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { fakeMysql } from "../../fakes/identity/sql/fake_mysql.ts";
import { Engine } from "../../fakes/identity/sql/wire_server.ts";
import { makeMemoryFolder } from "../../fakes/system/memory_folder.ts";
import { assertIssues } from "../section_issues.ts";

const LOGIN = { user: "wordpress", password: "hunter2" };

// As the collation of WordPress's tables, SQLite's NOCASE does not tell cases apart.
const TABLE = `CREATE TABLE wp_users(ID INTEGER PRIMARY KEY, user_login TEXT COLLATE NOCASE,
  user_email TEXT, display_name TEXT)`;

function open(port: number): IdentityStore {
  const connection = `//127.0.0.1:${port}/blog?user=wordpress&password=hunter2&useSSL=false`;
  const section = wordpressSection.parse({ enabled: true, sql: { connection } });
  const dependencies = { domain: DOMAIN, clock: systemClock, authorities: [], timeout: 10_000 };
  return openWordpressStore(section, dependencies);
}

testIdentityStore({
  name: "wordpress",
  severalEntries: true,
  cannotHold: ["bob\0"], // SQLite, which stands behind the fake, returns no text with a NUL
  faults: ["down", "stall"],
  // deno-lint-ignore require-await -- the contract has it so
  async open(people) {
    const engine = new Engine();
    engine.exec(TABLE);
    for (const { localpart, displayName = "", addresses } of people) {
      for (const address of addresses.length > 0 ? addresses : [""]) {
        const values = [localpart, address, displayName];
        engine.run("INSERT INTO wp_users VALUES (NULL, ?, ?, ?)", values);
      }
    }
    const server = fakeMysql(engine, LOGIN);
    const store = open(server.port);
    return fakeHarness(store, server, [LOGIN.password], engine);
  },
});

testIdentityStore({
  name: "wordpress on SQLite",
  severalEntries: true,
  cannotHold: ["bob\0"],
  faults: ["down"],
  async open(people) {
    const folder = await makeMemoryFolder();
    const file = `${folder}/.ht.sqlite`;
    using database = new DatabaseSync(file);
    database.exec(TABLE);
    const user = database.prepare("INSERT INTO wp_users VALUES (NULL, ?, ?, ?)");
    for (const { localpart, displayName = "", addresses } of people) {
      for (const address of addresses.length > 0 ? addresses : [""]) {
        user.run(localpart, address, displayName);
      }
    }
    const sql = { type: "sqlite", connection: file };
    const dependencies = { domain: DOMAIN, clock: systemClock, authorities: [], timeout: 10_000 };
    return {
      store: openWordpressStore(
        wordpressSection.parse({ enabled: true, sql }),
        dependencies,
      ),
      down: () => Deno.rename(file, `${file}-away`),
      up: () => Deno.rename(`${file}-away`, file),
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
});

Deno.test("wordpress: a login name matches a localpart as it is or in lower case", async () => {
  using engine = new Engine();
  engine.exec(TABLE);
  engine.exec(`INSERT INTO wp_users VALUES (1, 'Bob', 'bob@example.org', ''),
    (2, 'Carol', 'first@example.org', ''), (3, 'carol', 'second@example.org', '')`);
  await using server = fakeMysql(engine, LOGIN);
  await using store = open(server.port);
  const addresses = async (user: UserId) => (await store.findProfile(user))?.addresses;
  assert.deepEqual(await addresses(userOf("bob")), ["bob@example.org"]);
  assert.deepEqual(await addresses(userOf("Bob")), ["bob@example.org"]);
  assert.equal(await addresses(userOf("BOB")), undefined);
  assert.deepEqual(await addresses(userOf("carol")), ["second@example.org"]);
  assert.equal(await addresses("@bob:elsewhere.example" as UserId), undefined);
});

Deno.test("wordpress: the section's defaults and errors", () => {
  assert.deepEqual(wordpressSection.parse({ rest: { base: "http://localhost" } }), {
    enabled: false,
    rest: { base: "http://localhost" },
    sql: { type: "mysql", tablePrefix: "wp_" },
  });
  assertIssues(wordpressSection, [
    [{ enabled: true }, "sql.connection"],
    [{ enabled: true, sql: { connection: "//db/blog" } }, "sql.connection"],
    [{ sql: { tablePrefix: "wp_`; --" } }, "sql.tablePrefix"],
    [{ sql: { type: "oracle" } }, "sql.type"],
  ]);
});
