import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { loadSettings } from "../../../src/config/load.ts";
import { machineEnvironment } from "../../../src/config/source/environment.ts";
import { makeMemoryFolder } from "../../fakes/system/memory_folder.ts";
import { completed } from "../configuration.ts";

async function load(prepare: (folder: string) => void, file = "mxisd.db") {
  const folder = await makeMemoryFolder();
  try {
    prepare(folder);
    const database = `storage: { provider: { sqlite: { database: ${file} } } }\n`;
    await Deno.writeTextFile(`${folder}/mxisd.yaml`, completed(database), { mode: 0o600 });
    const before = await namesIn(folder);
    const result = await loadSettings("mxisd.yaml", { ...machineEnvironment(), cwd: folder });
    assert.deepEqual(await namesIn(folder), before, "a file was made");
    const problem = result.problems[0];
    const message = problem?.message.replaceAll(folder, "") ?? "";
    const chosen = result.kind === "loaded"
      ? result.settings.storage.provider.sqlite.database?.replace(folder, "")
      : undefined;
    return { severity: problem?.severity, message, chosen };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).sort();
}

function make(path: string, ...tables: string[]): void {
  using database = new DatabaseSync(path);
  for (const table of tables) database.exec(`CREATE TABLE ${table} (id INTEGER)`);
}

Deno.test("a database that does not exist yet, or is empty, is used", async () => {
  assert.equal((await load(() => {})).chosen, "/mxisd.db");
  assert.equal(
    (await load((folder) => Deno.writeFileSync(`${folder}/mxisd.db`, new Uint8Array())))
      .chosen,
    "/mxisd.db",
  );
});

Deno.test("a database of the service is used", async () => {
  assert.equal(
    (await load((folder) => make(`${folder}/mxisd.db`, "meta", "invitations", "mails"))).chosen,
    "/mxisd.db",
  );
});

Deno.test("Synapse's and Dendrite's databases are refused by name", async () => {
  const synapse = await load((folder) =>
    make(`${folder}/mxisd.db`, "events", "event_json", "room_memberships", "users")
  );
  assert.equal(synapse.chosen, undefined);
  assert.match(synapse.message, /^"\/mxisd.db" is the homeserver's database/);
  const dendrite = await load((folder) => make(`${folder}/mxisd.db`, "roomserver_events"));
  assert.match(dendrite.message, /is the homeserver's database/);
});

Deno.test("a new database beside mxisd's is used", async () => {
  const result = await load((folder) => make(`${folder}/mxisd.db`, "invite_3pid", "as_txn"));
  assert.equal(result.severity, "notice");
  assert.equal(result.chosen, "/appservice-mxisd.db");
});

Deno.test("the database beside mxisd's is checked as well", async () => {
  const result = await load((folder) => {
    make(`${folder}/mxisd.db`, "as_txn");
    make(`${folder}/appservice-mxisd.db`, "events", "event_json", "room_memberships");
  });
  assert.equal(result.chosen, undefined);
});

Deno.test("a file that is not a database is refused", async () => {
  const result = await load((folder) =>
    Deno.writeTextFileSync(`${folder}/mxisd.db`, "not a database ".repeat(100))
  );
  assert.match(result.message, /is not a SQLite database/);
  const directory = await load((folder) => Deno.mkdirSync(`${folder}/mxisd.db`));
  assert.match(directory.message, /is not a SQLite database/);
});

Deno.test("a database in a missing folder is refused", async () => {
  const result = await load(() => {}, "data/mxisd.db");
  assert.equal(result.message, 'the folder "/data" does not exist: create it, or name another');
});
