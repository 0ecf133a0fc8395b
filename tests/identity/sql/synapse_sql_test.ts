import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { IdentityStore } from "../../../src/identity/port.ts";
import {
  obsoleteQueries,
  openSynapseSqlStore,
  synapseSqlSection,
} from "../../../src/identity/sql/synapse_sql.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fails } from "../../contracts/store_error.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { SynapseDatabase, type SynapseUser } from "../../fakes/identity/sql/synapse_database.ts";
import { makeMemoryFolder } from "../../fakes/system/memory_folder.ts";
import { assertIssues } from "../section_issues.ts";

const BOB = userOf("bob");

testIdentityStore({
  name: "synapseSql",
  severalEntries: false, // users.name is unique
  faults: ["down"],
  async open(people) {
    const folder = await makeMemoryFolder();
    const file = `${folder}/homeserver.db`;
    const database = new SynapseDatabase(file);
    for (const { localpart, ...person } of people) {
      database.add({ id: userOf(localpart), ...person });
    }
    return {
      store: openStore(file),
      down: () => Deno.rename(file, `${file}-away`),
      up: () => Deno.rename(`${file}-away`, file),
      async [Symbol.asyncDispose]() {
        database[Symbol.dispose]();
        await Deno.remove(folder, { recursive: true });
      },
    };
  },
});

function openStore(connection: string, profile: object = {}): IdentityStore {
  const section = { enabled: true, type: "sqlite", connection, profile };
  return openSynapseSqlStore(synapseSqlSection.parse(section), {
    clock: systemClock,
    authorities: [],
    timeout: 10_000,
  });
}

interface Setting {
  readonly file: string;
  readonly folder: string;
  readonly database: SynapseDatabase;
}

function test(sentence: string, body: (setting: Setting) => Promise<void>, age?: "today" | "old") {
  Deno.test(`synapseSql: ${sentence}`, async () => {
    const folder = await makeMemoryFolder();
    const file = `${folder}/homeserver.db`;
    try {
      using database = new SynapseDatabase(file, age);
      await body({ file, folder, database });
    } finally {
      await Deno.chmod(folder, 0o700);
      await Deno.remove(folder, { recursive: true });
    }
  });
}

test("the profile has everything that Synapse knows about a user", async ({ file, database }) => {
  database.add({ id: BOB, displayName: "Bob", addresses: ["b@example.org"], seen: [7, 9, 8] });
  database.run(`INSERT INTO user_threepids VALUES ('${BOB}', 'msisdn', '4912345', 0, 0)`);
  assert.deepEqual(
    await openStore(file).findProfile(BOB),
    profileWith({
      id: BOB,
      addresses: ["b@example.org"],
      displayName: "Bob",
      roles: [],
      state: "active",
      account: { exists: true, lastSeen: 9 },
    }),
  );
});

test("the state follows the account's columns", async ({ file, database }) => {
  const cases: [SynapseUser["columns"], string][] = [
    [{}, "active"],
    [{ deactivated: 1 }, "deactivated"],
    [{ deactivated: 1, locked: 1 }, "deactivated"],
    [{ locked: 1 }, "locked"],
    [{ suspended: 1 }, "locked"],
    [{ is_guest: 1 }, "locked"],
    [{ appservice_id: "irc-bridge" }, "locked"],
    [{ appservice_id: "" }, "active"],
    [{ admin: 1, shadow_banned: 1, approved: 0 }, "active"],
  ];
  const store = openStore(file);
  for (const [n, [columns, state]] of cases.entries()) {
    database.add({ id: userOf(`u${n}`), ...(columns ? { columns } : {}) });
    const profile = await store.findProfile(userOf(`u${n}`));
    assert.equal(profile?.state, state, JSON.stringify(columns));
    assert.deepEqual(profile?.account, { exists: true, lastSeen: undefined });
  }
});

test("the database of an old Synapse can be read too", async ({ file, database }) => {
  database.add({ id: BOB, displayName: "Bob", addresses: ["b@example.org"], seen: [5] });
  database.add({ id: userOf("ghost"), columns: { appservice_id: "irc" } });
  const store = openStore(file);
  await store.check();
  const profile = await store.findProfile(BOB);
  assert.equal(profile?.displayName, "Bob");
  assert.deepEqual(profile?.addresses, ["b@example.org"]);
  assert.equal(profile?.state, "active");
  assert.equal((await store.findProfile(userOf("ghost")))?.state, "locked");
}, "old");

test("concurrent writes are seen and not waited for", async ({ file, database }) => {
  const store = openStore(file);
  database.add({ id: BOB, addresses: ["b@example.org"] });
  assert.equal((await store.findProfile(BOB))?.addresses.length, 1);
  database.run("BEGIN IMMEDIATE; UPDATE users SET deactivated = 1");
  assert.equal((await store.findProfile(BOB))?.state, "active", "not committed yet");
  database.run("COMMIT");
  assert.equal((await store.findProfile(BOB))?.state, "deactivated");
});

test("a database that is created later or replaced is read correctly", async ({ folder }) => {
  const file = `${folder}/later.db`;
  const store = openStore(file);
  await assert.rejects(
    store.findProfile(BOB),
    fails("misconfigured", /later\.db" cannot be read: it does not exist$/),
  );
  {
    using database = new SynapseDatabase(file);
    database.add({ id: BOB, displayName: "Old" });
    assert.equal((await store.findProfile(BOB))?.displayName, "Old");
  }
  await Deno.remove(file);
  using database = new SynapseDatabase(file);
  database.add({ id: BOB, displayName: "New" });
  assert.equal((await store.findProfile(BOB))?.displayName, "New");
});

test("a file that is not a Synapse database is reported as what it is", async ({ file, folder }) => {
  const cases: [string, RegExp, (path: string) => void][] = [
    ["text", /file is not a database/, (path) => Deno.writeTextFileSync(path, "x".repeat(4096))],
    ["empty", /no such table: users/, (path) => Deno.writeTextFileSync(path, "")],
    ["folder", /folder" cannot be read: it is a folder$/, (path) => Deno.mkdirSync(path)],
    ["missing", /missing" cannot be read: it does not exist$/, () => {}],
    ["half", /no such table: profiles/, (path) => {
      using half = new DatabaseSync(path);
      half.exec(
        "CREATE TABLE users(name TEXT); CREATE TABLE user_threepids(user_id, medium, " +
          "address, added_at); CREATE TABLE user_ips(user_id, last_seen)",
      );
    }],
  ];
  for (const [name, message, make] of cases) {
    make(`${folder}/${name}`);
    const store = openStore(`${folder}/${name}`);
    await assert.rejects(store.findProfile(BOB), fails("misconfigured", message));
    await assert.rejects(store.check(), fails("misconfigured", message));
  }
  await openStore(file).check();
});

test("a locked database is temporary", async ({ folder }) => {
  const file = `${folder}/locked.db`;
  using database = new SynapseDatabase(file);
  database.run("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  const store = openStore(file);
  await assert.rejects(store.findProfile(BOB), fails("temporary", /database is locked/));
  database.run("COMMIT");
  assert.equal(await store.findProfile(BOB), undefined);
});

test("nothing is ever written", async ({ file, database }) => {
  database.add({ id: BOB });
  const store = openStore(file, {
    role: { query: "UPDATE users SET admin = 1 WHERE name = ? RETURNING name" },
  });
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /readonly database/));
  await assert.rejects(store.check(), fails("misconfigured", /readonly database/));
});

test("an error between rows is an error, not their end", async ({ file, database }) => {
  database.add({ id: BOB });
  const query = "SELECT abs(-9223372036854775808) WHERE ? <> ''";
  const store = openStore(file, { role: { query } });
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /integer overflow/));
});

test("custom queries replace the built-in ones", async ({ file, database }) => {
  database.run(
    `CREATE TABLE people(mxid TEXT, local TEXT, name TEXT, mail TEXT, role TEXT);
     INSERT INTO people VALUES ('${BOB}', 'bob', 'Robert', 'r@example.org', 'staff'),
       ('${BOB}', 'bob', 'Bob', 'b@example.org', 'admin'), ('${BOB}', 'bob', NULL, NULL, NULL)`,
  );
  database.add({ id: BOB, displayName: "unused", addresses: ["unused@example.org"] });
  const profile = {
    displayName: { query: "SELECT name FROM people WHERE mxid = ?" },
    threepid: { query: "SELECT 'email' AS medium, mail AS address FROM people WHERE mxid = ?" },
    role: { type: "localpart", query: "SELECT role FROM people WHERE local = ? -- why?" },
  };
  const found = await openStore(file, profile).findProfile(BOB);
  assert.equal(found?.displayName, "Robert");
  assert.deepEqual(found?.addresses, ["r@example.org", "b@example.org"]);
  assert.deepEqual(found?.roles, ["staff", "admin"]);
  profile.role.type = "mxid";
  assert.deepEqual((await openStore(file, profile).findProfile(BOB))?.roles, []);
});

test("a query that returns everybody mails nobody", async ({ file, database }) => {
  database.add({ id: BOB });
  const addresses = Array.from({ length: 60 }, (_, n) => `p${n}@example.org`);
  database.add({ id: userOf("all"), addresses });
  const few = openStore(file, {
    threepid: { query: "SELECT medium, address FROM user_threepids WHERE ? <> ''" },
  });
  await assert.rejects(few.findProfile(BOB), fails("misconfigured", /60 addresses for one person/));
  const many = openStore(file, {
    threepid: {
      query: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1001)
        SELECT 'email', i || '@example.org' FROM n WHERE ? <> ''`,
    },
  });
  await assert.rejects(many.findProfile(BOB), fails("misconfigured", /more than 1000 rows/));
});

test("obsolete queries of mxisd are reported and not used", async ({ file, database }) => {
  database.add({ id: BOB, displayName: "Bob", addresses: ["b@example.org"] });
  const profile = {
    displayName: { query: "SELECT displayname FROM profiles\n WHERE user_id=?;" },
    threepid: { query: "SELECT medium, address FROM user_threepids WHERE user_id = ?" },
    role: { query: "SELECT DISTINCT(group_id) FROM group_users WHERE user_id = ?" },
  };
  const section = { enabled: true, type: "sqlite", connection: file, profile };
  const obsolete = obsoleteQueries(synapseSqlSection.parse(section));
  assert.deepEqual(obsolete.map(({ key }) => key.join(".")), [
    "profile.displayName.query",
    "profile.role.query",
  ]);
  assert.match(obsolete[0]?.advice ?? "", /remove this key/);
  const store = openStore(file, profile);
  await store.check();
  const found = await store.findProfile(BOB);
  assert.equal(found?.displayName, "Bob");
  assert.deepEqual(found?.addresses, ["b@example.org"]);
});

Deno.test("synapseSql: today's queries are not taken for obsolete ones", () => {
  const section = synapseSqlSection.parse({
    profile: { displayName: { query: "SELECT displayname FROM profiles WHERE full_user_id = ?" } },
  });
  assert.deepEqual(obsoleteQueries(section), []);
});

Deno.test("synapseSql: the section's defaults and errors", () => {
  assert.deepEqual(synapseSqlSection.parse({}), {
    enabled: false,
    profile: { enabled: true, displayName: {}, threepid: {}, role: { type: "mxid" } },
  });
  assertIssues(synapseSqlSection, [
    [{ enabled: true, type: "sqlite" }, "connection"],
    [{ enabled: true, connection: "x" }, "type"],
    [{ type: "mysql" }, "type"],
    [{ profile: { role: { query: "SELECT 1 WHERE '?' = \"?\"" } } }, "profile.role.query"],
    [{ profile: { role: { query: "SELECT ? WHERE ?" } } }, "profile.role.query"],
    [{ profile: { threepids: {} } }, "profile"],
  ]);
});

Deno.test("synapseSql: a section without a database cannot be opened, and shows no password", () => {
  const connection = "//db/synapse?user=mxisd&password=hunter2";
  const section = synapseSqlSection.parse({ type: "postgresql", connection });
  assert.ok(!Deno.inspect(section).includes("hunter2"));
  const nowhere = synapseSqlSection.parse({ type: "postgresql" });
  const dependencies = { clock: systemClock, authorities: [], timeout: 10_000 };
  const open = () => openSynapseSqlStore(nowhere, dependencies);
  assert.throws(open, fails("misconfigured", /connection is missing/));
});

test("files that reading creates beside the database belong to its owner", async (setting) => {
  const { file, folder, database } = setting;
  database.add({ id: BOB });
  // Nobody has it open any more, and root would read it as somebody else than its owner.
  database[Symbol.dispose]();
  const isRoot = (await Deno.stat(folder)).uid === 0;
  if (isRoot) await Deno.chown(file, 65534, 65534);
  await using store = openStore(file);
  assert.ok(await store.findProfile(BOB));
  const { uid } = await Deno.stat(file);
  for await (const { name } of Deno.readDir(folder)) {
    assert.equal((await Deno.stat(`${folder}/${name}`)).uid, uid, name);
  }
});
