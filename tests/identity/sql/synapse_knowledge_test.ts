import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type KnowledgeSource, NEVER } from "../../../src/identity/knowledge.ts";
import { openSynapseKnowledge } from "../../../src/identity/sql/synapse_knowledge.ts";
import { synapseSqlSection } from "../../../src/identity/sql/synapse_sql.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, userOf } from "../../contracts/identity_store.ts";
import { testKnowledge } from "../../contracts/knowledge.ts";
import { fails } from "../../contracts/store_error.ts";
import { SynapseDatabase } from "../../fakes/identity/sql/synapse_database.ts";
import { makeMemoryFolder } from "../../fakes/system/memory_folder.ts";

// As in Synapse 1.163.
const TABLES = `
CREATE TABLE account_data( user_id TEXT NOT NULL, account_data_type TEXT NOT NULL,
  stream_id BIGINT NOT NULL, content TEXT NOT NULL, instance_name TEXT,
  CONSTRAINT account_data_uniqueness UNIQUE (user_id, account_data_type) );
CREATE TABLE devices ( user_id TEXT NOT NULL, device_id TEXT NOT NULL, display_name TEXT,
  last_seen BIGINT, ip TEXT, user_agent TEXT, hidden BOOLEAN DEFAULT 0,
  CONSTRAINT device_uniqueness UNIQUE (user_id, device_id) );`;

const BOB = userOf("bob");

interface Opened extends AsyncDisposable {
  readonly database: SynapseDatabase;
  readonly file: string;
  readonly source: KnowledgeSource;
}

async function open(age: "today" | "old" = "today"): Promise<Opened> {
  const folder = await makeMemoryFolder();
  const file = `${folder}/homeserver.db`;
  const database = new SynapseDatabase(file, age);
  database.run(TABLES);
  return {
    database,
    file,
    source: openFile(file),
    async [Symbol.asyncDispose]() {
      database[Symbol.dispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function openFile(connection: string): KnowledgeSource {
  const section = synapseSqlSection.parse({ type: "sqlite", connection });
  return openSynapseKnowledge(section, { clock: systemClock, authorities: [], timeout: 10_000 });
}

testKnowledge({
  name: "Synapse's database",
  async open({ localpart, accountData }) {
    const opened = await open();
    const id = `@${localpart}:${DOMAIN}`;
    const since = Date.now();
    opened.database.add({ id, seen: [since] });
    using writer = new DatabaseSync(opened.file);
    const insert = writer.prepare(
      "INSERT INTO account_data (user_id, account_data_type, stream_id, content) VALUES (?, ?, 1, ?)",
    );
    for (const [type, content] of Object.entries(accountData)) {
      insert.run(id, type, JSON.stringify(content));
    }
    return {
      source: opened.source,
      since,
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  },
});

Deno.test("Synapse's database: the latest use of a client, but not by a service", async () => {
  await using opened = await open();
  const { database, source } = opened;
  const lastActive = async () => (await source.find(BOB, { activity: true })).lastActive;
  database.add({ id: BOB });
  assert.equal(await lastActive(), NEVER);
  database.run(`INSERT INTO devices (user_id, device_id, last_seen) VALUES ('${BOB}', 'A', NULL),
    ('${BOB}', 'B', 2000), ('@eve:x', 'C', 9000)`);
  assert.equal(await lastActive(), 2000);
  const seen = (device: string, time: number) =>
    database.run(`INSERT INTO user_ips (user_id, access_token, device_id, ip, user_agent, last_seen)
      VALUES ('${BOB}', 't', ${device}, '::1', 'Element', ${time})`);
  seen("'dummy-device'", 5000);
  assert.equal(await lastActive(), 2000);
  seen("'A'", 3000);
  assert.equal(await lastActive(), 3000);
  seen("NULL", 4000);
  assert.equal(await lastActive(), 4000);
});

Deno.test("Synapse's database: of old versions the account's state is unknown, the rest is not", async () => {
  await using opened = await open("old");
  opened.database.add({ id: BOB });
  opened.database.run(`INSERT INTO account_data (user_id, account_data_type, stream_id, content)
    VALUES ('${BOB}', 'm.ignored_user_list', 1, '{"ignored_users": {"@mallory:x": {}}}')`);
  const { barred, invites } = await opened.source.find(BOB);
  assert.deepEqual([barred, [...invites.ignored]], [undefined, ["@mallory:x"]]);
});

Deno.test("Synapse's database: content that is no JSON counts as not set", async () => {
  await using opened = await open();
  opened.database.run(`INSERT INTO account_data (user_id, account_data_type, stream_id, content)
    VALUES ('${BOB}', 'm.ignored_user_list', 1, '{"ignored_users')`);
  assert.equal((await opened.source.find(BOB)).invites.ignored.size, 0);
});

Deno.test("Synapse's database: a missing table, and a missing file, are failures", async () => {
  await using opened = await open();
  opened.database.run("DROP TABLE account_data");
  await assert.rejects(opened.source.find(BOB), fails("misconfigured", /account_data/));
  await assert.rejects(
    openFile("/nonexistent/homeserver.db").find(BOB),
    fails("misconfigured", /nonexistent/),
  );
});
