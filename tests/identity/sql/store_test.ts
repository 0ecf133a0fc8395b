import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { UserId } from "../../../src/domain/user_id.ts";
import { type IdentityStore, StoreError } from "../../../src/identity/port.ts";
import { openSqlStore, sqlSection } from "../../../src/identity/sql/store.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { makeMemoryFolder } from "../../fakes/system/memory_folder.ts";
import { assertIssues } from "../section_issues.ts";

const BOB = userOf("bob");
const PEOPLE = `CREATE TABLE people(id TEXT, name TEXT, lang TEXT, role TEXT);
  CREATE TABLE user_threepids(user_id TEXT, medium TEXT, address TEXT);`;
const PROFILE = { displayName: { query: "SELECT name FROM people WHERE id = ?" } };

function open(file: string, profile: object = PROFILE, more: object = {}): IdentityStore {
  const place = { enabled: true, type: "sqlite", connection: file };
  const section = sqlSection.parse({ ...place, profile, ...more });
  const dependencies = { domain: DOMAIN, clock: systemClock, authorities: [], timeout: 10_000 };
  return openSqlStore(section, dependencies);
}

testIdentityStore({
  name: "sql on SQLite",
  severalEntries: true,
  faults: ["down"],
  async open(people) {
    const folder = await makeMemoryFolder();
    const file = `${folder}/people.db`;
    using database = new DatabaseSync(file);
    database.exec(PEOPLE);
    const person = database.prepare("INSERT INTO people(id, name) VALUES (?, ?)");
    const threepid = database.prepare("INSERT INTO user_threepids VALUES (?, 'email', ?)");
    for (const { localpart, displayName = null, addresses } of people) {
      person.run(userOf(localpart), displayName);
      for (const address of addresses) threepid.run(userOf(localpart), address);
    }
    return {
      store: open(file),
      down: () => Deno.rename(file, `${file}-away`),
      up: () => Deno.rename(`${file}-away`, file),
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
});

function test(sentence: string, rows: string, body: (file: string) => Promise<void>): void {
  Deno.test(`sql: ${sentence}`, async () => {
    const file = await Deno.makeTempFile();
    try {
      {
        using database = new DatabaseSync(file);
        database.exec(PEOPLE + rows);
      }
      await body(file);
    } finally {
      await Deno.remove(file);
    }
  });
}

const BOBS_ROWS = `INSERT INTO people VALUES ('${BOB}', 'Bob', 'de_AT', 'staff');
  INSERT INTO people VALUES ('bob', 'Bob', 'de_AT', 'admins');
  INSERT INTO user_threepids VALUES ('${BOB}', 'EMAIL', 'bob@example.org');
  INSERT INTO user_threepids VALUES ('${BOB}', 'msisdn', '4912345');`;

test("mxisd's default query alone finds addresses", BOBS_ROWS, async (file) => {
  await using store = open(file, {});
  assert.deepEqual(
    await store.findProfile(BOB),
    profileWith({
      addresses: ["bob@example.org"],
      roles: [],
      state: "active",
    }),
  );
  assert.equal(await store.findProfile(userOf("carol")), undefined);
});

test("language and roles come from queries of their own", BOBS_ROWS, async (file) => {
  await using store = open(file, {
    ...PROFILE,
    language: { query: "SELECT lang FROM people WHERE id = ?" },
    role: { query: "SELECT role FROM people WHERE id = ?", type: "localpart" },
  });
  const bob = await store.findProfile(BOB);
  assert.equal(bob?.language, "de-AT");
  assert.deepEqual(bob?.roles, ["admins"]);
  // Who is called bob elsewhere is somebody else.
  assert.equal(await store.findProfile("@bob:elsewhere.example" as UserId), undefined);
});

test("columns are found by name, otherwise by order", BOBS_ROWS, async (file) => {
  const query = (sql: string) => ({ threepid: { query: sql } });
  const finds = async (sql: string, expected: string[]) => {
    await using store = open(file, query(sql));
    assert.deepEqual((await store.findProfile(BOB))?.addresses, expected, sql);
  };
  const from = "FROM user_threepids WHERE user_id = ?";
  await finds(`SELECT address AS ADDRESS, medium AS Medium ${from}`, ["bob@example.org"]);
  await finds(`SELECT 'email', lower(address) ${from}`, ["bob@example.org"]);
  await finds(`SELECT address, 'email' ${from}`, ["bob@example.org"]);
  await finds(`SELECT 'email', CAST(address AS BLOB) ${from}`, ["bob@example.org"]);
  await using single = open(file, query(`SELECT address ${from}`));
  const message = /must return the columns medium and address$/;
  await assert.rejects(single.findProfile(BOB), (error: unknown) => {
    assert.ok(error instanceof StoreError && error.kind === "misconfigured");
    return message.test(error.message);
  });
});

test("a query that writes is refused", BOBS_ROWS, async (file) => {
  const query = "DELETE FROM people WHERE id = ? RETURNING name";
  await using store = open(file, { displayName: { query } });
  await assert.rejects(store.findProfile(BOB), /readonly database/);
  await assert.rejects(store.check(), /readonly database/);
});

test(
  "of a query without an end no more is read than a person can have",
  BOBS_ROWS,
  async (file) => {
    const rows = (limit: string) =>
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
    ${limit}) SELECT 'email' AS medium, 'b@example.org' AS address FROM n WHERE ? <> ''`;
    const finds = async (limit: string) => {
      await using store = open(file, { threepid: { query: rows(limit) } });
      return (await store.findProfile(BOB))?.addresses;
    };
    assert.deepEqual(await finds("LIMIT 1000"), ["b@example.org"]);
    for (const limit of ["LIMIT 1001", ""]) {
      await assert.rejects(finds(limit), {
        kind: "misconfigured",
        message: "sql: a query returns more than 1000 rows for one person",
      });
    }
  },
);

test("an error at a later row is not taken for the end", BOBS_ROWS, async (file) => {
  const query = "SELECT 'email', json(i) FROM (SELECT '1' AS i UNION ALL SELECT 'x') WHERE ? <> ''";
  await using store = open(file, { threepid: { query } });
  await assert.rejects(store.findProfile(BOB), {
    kind: "misconfigured",
    message: /malformed JSON/,
  });
});

test("queries of an unusual form work", BOBS_ROWS, async (file) => {
  const queries = [
    "SELECT medium, address FROM user_threepids WHERE user_id = ?;  -- all of them",
    "WITH t AS (SELECT * FROM user_threepids) SELECT medium, address FROM t WHERE user_id = ?",
    "SELECT medium, address FROM user_threepids WHERE user_id = ? LIMIT 5",
    "VALUES ('email', replace(?, '@bob:', 'bob@'))",
    "SELECT * FROM pragma_table_info('people') WHERE ? = ''",
  ];
  for (const query of queries) {
    await using store = open(file, { ...PROFILE, threepid: { query } });
    const expected = query.includes("pragma") ? [] : ["bob@example.org"];
    assert.deepEqual((await store.findProfile(BOB))?.addresses, expected, query);
  }
});

Deno.test("sql: the section's defaults and errors", () => {
  assert.deepEqual(sqlSection.parse({}), {
    enabled: false,
    username: "{mxid}",
    profile: {
      enabled: true,
      displayName: {},
      threepid: {},
      language: {},
      role: { type: "mxid" },
    },
  });
  const connection = "//db/people?user=m";
  assertIssues(sqlSection, [
    [{ enabled: true, type: "postgresql" }, "connection"],
    [{ enabled: true, connection }, "type"],
    [{ enabled: true, type: "oracle", connection }, "type"],
    [{ enabled: true, type: "mysql", connection: "people.db" }, "connection"],
    [{ enabled: true, type: "mysql", connection: "//db/people" }, "connection"],
    [{ profile: { role: { query: "SELECT 1" } } }, "profile.role.query"],
    [{ profile: { language: { query: "SELECT ? WHERE ? = 1" } } }, "profile.language.query"],
    [
      { type: "postgresql", profile: { role: { query: "SELECT a ? b WHERE c = ?" } } },
      "profile.role.query",
    ],
  ]);
});

test(
  "a template says what the user is called, also decoded",
  "INSERT INTO user_threepids VALUES ('eve@example.org', 'email', 'eve@corp.example');",
  async (file) => {
    const found = async (username: string, localpart: string) => {
      await using store = open(file, {}, { username });
      return (await store.findProfile(userOf(localpart)))?.addresses;
    };
    assert.deepEqual(await found("{localpart}@example.org", "eve"), ["eve@corp.example"]);
    assert.deepEqual(await found("{localpart:decoded}", "eve=40example.org"), ["eve@corp.example"]);
    assert.equal(await found("{localpart}", "eve=40example.org"), undefined);
    // Would be another spelling of the same name.
    assert.equal(await found("{localpart:decoded}", "=65ve=40example.org"), undefined);
  },
);

test(
  "whatever stands in the place of an address, the good one stays",
  `INSERT INTO user_threepids VALUES
    ('@bob:example.org', 'email', NULL),
    ('@bob:example.org', 'email', 'Bob <bob@example.com>'),
    ('@bob:example.org', 'email', '{bob@example.com,robert@example.com}'),
    ('@bob:example.org', 'email', 'bob@example.org');`,
  async (file) => {
    await using store = open(file, {});
    const profile = await store.findProfile(BOB);
    assert.deepEqual(profile?.addresses, ["bob@example.org"]);
    const named = '"Bob <bob@example.com>"';
    assert.deepEqual(profile.dropped, [
      "null",
      named,
      '"{bob@example.com,robert@example.com}"',
    ]);
  },
);
