import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { IdentityStore } from "../../../src/identity/port.ts";
import {
  MEMBERSHIP_TABLES,
  openSynapseMemberships,
} from "../../../src/identity/sql/synapse_memberships.ts";
import { openSynapseSqlStore, synapseSqlSection } from "../../../src/identity/sql/synapse_sql.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { realHarness } from "../../contracts/store_harness.ts";
import { type Postgresql, startPostgresql, type Statement } from "../servers/postgresql.ts";
import { startSynapse, type Synapse } from "../servers/synapse.ts";
import { type TempFolder, tempFolder } from "../temp_folder.ts";
import { fails, SECRET_PASSWORD } from "./sql_people.ts";
import { administer } from "./synapse_admin.ts";

let server: Postgresql;
let folder: TempFolder;
let file: string;

Deno.test.beforeAll(async () => {
  server = await startPostgresql();
  folder = await tempFolder();
  file = `${folder.path}/homeserver.db`;
  await server.run("postgres", "CREATE DATABASE synapse TEMPLATE template0");
  {
    await using synapse = await start("postgresql");
    await synapse.register("first");
  }
  {
    await using synapse = await start("sqlite");
    await synapse.register("first");
    using database = new DatabaseSync(synapse.database);
    database.exec(`VACUUM INTO '${file}'`);
  }
  await server.run(
    "synapse",
    `CREATE ROLE mxisd LOGIN PASSWORD '${SECRET_PASSWORD}'`,
    "GRANT SELECT ON users, profiles, user_threepids, user_ips TO mxisd",
  );
});

Deno.test.afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function start(type: "sqlite" | "postgresql"): Promise<Synapse> {
  const { user, password } = server.superuser;
  const postgresql = { host: "127.0.0.1", port: server.port, dbname: "synapse", user, password };
  return startSynapse({
    domain: DOMAIN,
    registrations: [],
    ...(type === "postgresql" ? { postgresql } : {}),
  });
}

function open(type: "sqlite" | "postgresql", connection = file): IdentityStore {
  const password = encodeURIComponent(SECRET_PASSWORD);
  const address = `//127.0.0.1:${server.port}/synapse?user=mxisd&password=${password}`;
  const section = synapseSqlSection.parse({
    enabled: true,
    type,
    connection: type === "sqlite" ? connection : address,
  });
  const dependencies = { clock: systemClock, authorities: [], timeout: 10_000 };
  return openSynapseSqlStore(section, dependencies);
}

const EMPTY = ["user_ips", "user_threepids", "profiles", "users"]
  .map((table) => `DELETE FROM ${table}`);

function inserts(people: readonly Person[]): readonly [string, ...(string | null)[]][] {
  return people.flatMap(({ localpart, displayName = null, addresses }) => {
    const id = userOf(localpart);
    return [
      ["INSERT INTO users(name, creation_ts) VALUES ($1, 0)", id],
      [
        "INSERT INTO profiles(user_id, displayname, full_user_id) VALUES ($1, $2, $3)",
        localpart,
        displayName,
        id,
      ],
      ...addresses.map((address, n): [string, ...string[]] => [
        "INSERT INTO user_threepids(user_id, medium, address, validated_at, added_at) " +
        `VALUES ($1, 'email', $2, ${n}, ${n})`,
        id,
        address,
      ]),
    ];
  });
}

testIdentityStore({
  name: "synapseSql, PostgreSQL that a real Synapse made",
  severalEntries: false,
  cannotHold: ["bob\0"],
  faults: ["down", "stall"],
  async open(people) {
    await server.up();
    const statements: Statement[] = [...EMPTY, ...inserts(people)];
    await server.run("synapse", ...statements);
    const store = open("postgresql");
    return realHarness(store, server, [SECRET_PASSWORD]);
  },
});

testIdentityStore({
  name: "synapseSql, SQLite that a real Synapse made",
  severalEntries: false,
  faults: ["down"],
  // deno-lint-ignore require-await -- the contract has it so
  async open(people) {
    using database = new DatabaseSync(file);
    for (const sql of EMPTY) database.exec(sql);
    for (const [sql, ...values] of inserts(people)) {
      database.prepare(sql.replace(/\$\d/g, "?")).run(...values);
    }
    return {
      store: open("sqlite"),
      down: () => Deno.rename(file, `${file}-away`),
      up: () => Deno.rename(`${file}-away`, file),
      async [Symbol.asyncDispose]() {},
    };
  },
});

for (const type of ["postgresql", "sqlite"] as const) {
  Deno.test(`synapseSql, a real Synapse on ${type}: what its API sets is found`, async () => {
    await server.up();
    await server.run("synapse", ...EMPTY);
    await using synapse = await start(type);
    await using store = open(type, synapse.database);
    const admin = await synapse.register("admin");
    const set = async (sql: string) => {
      if (type === "postgresql") return await server.run("synapse", sql);
      using database = new DatabaseSync(synapse.database);
      database.exec(sql);
    };
    await set("UPDATE users SET admin = 1");
    for (const localpart of ["bob", "carol", "dan", "zoe"]) await synapse.register(localpart);
    const threepids = ["Bob@Example.org", "robert@example.com"].map((address) => ({
      medium: "email",
      address,
    }));
    await administer(admin, "bob", { displayname: "Bob Ł. Builder", threepids });
    await administer(admin, "carol", { deactivated: true });
    await administer(admin, "dan", { locked: true });

    const bob = await store.findProfile(userOf("bob"));
    assert.equal(bob?.displayName, "Bob Ł. Builder");
    assert.deepEqual([...bob.addresses].sort(), ["bob@example.org", "robert@example.com"]);
    assert.equal(bob.state, "active");
    assert.equal(bob.account?.exists, true);
    assert.equal((await store.findProfile(userOf("carol")))?.state, "deactivated");
    assert.equal((await store.findProfile(userOf("dan")))?.state, "locked");
    assert.deepEqual((await store.findProfile(userOf("zoe")))?.addresses, []);
    assert.equal(await store.findProfile(userOf("nobody")), undefined);
  });
}

Deno.test("synapseSql, a real PostgreSQL: a table that may not be read is reported", async () => {
  await server.up();
  await server.run("synapse", "REVOKE SELECT ON user_ips FROM mxisd");
  await using store = open("postgresql");
  const denied = fails("misconfigured", /permission denied for table user_ips/);
  await assert.rejects(store.findProfile(userOf("bob")), denied);
  await assert.rejects(store.check(), denied);
  await server.run("synapse", "GRANT SELECT ON user_ips TO mxisd");
});

Deno.test("synapseSql, a real PostgreSQL: pending invites need three tables more", async () => {
  await server.up();
  const tables = [...MEMBERSHIP_TABLES];
  const password = encodeURIComponent(SECRET_PASSWORD);
  const address = `//127.0.0.1:${server.port}/synapse?user=mxisd&password=${password}`;
  await using memberships = openSynapseMemberships(
    synapseSqlSection.parse({ enabled: true, type: "postgresql", connection: address }),
    { clock: systemClock, authorities: [], timeout: 10_000 },
  );
  for (const table of tables) {
    const denied = fails("misconfigured", new RegExp(`permission denied for table ${table}`));
    await assert.rejects(memberships.pendingInvites(0), denied);
    await server.run("synapse", `GRANT SELECT ON ${table} TO mxisd`);
  }
  assert.deepEqual(await memberships.pendingInvites(0), { invites: [], end: undefined });
  const asked = { roomId: "!a:x", invitee: "@bob:x", eventId: "$a" };
  assert.deepEqual(await memberships.answers([asked]), []);
  await server.run("synapse", `REVOKE SELECT ON ${tables.join(", ")} FROM mxisd`);
});
