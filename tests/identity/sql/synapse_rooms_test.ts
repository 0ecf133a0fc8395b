import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../src/identity/port.ts";
import { openSynapseRooms } from "../../../src/identity/sql/synapse_rooms.ts";
import { makeMemoryFolder } from "../../fakes/system/memory_folder.ts";

Deno.test("the names of rooms come from Synapse's statistics", async () => {
  const folder = await makeMemoryFolder();
  try {
    const file = `${folder}/homeserver.db`;
    using database = new DatabaseSync(file);
    database.exec(`CREATE TABLE room_stats_state (room_id TEXT NOT NULL, name TEXT,
      canonical_alias TEXT, join_rules TEXT, history_visibility TEXT, encryption TEXT, avatar TEXT,
      guest_access TEXT, is_federatable BOOLEAN, topic TEXT, room_type TEXT);`);
    const insert = database.prepare(
      "INSERT INTO room_stats_state (room_id, name, canonical_alias) VALUES (?, ?, ?)",
    );
    insert.run("!named:x", " Plans ", null);
    insert.run("!alias:x", null, "#plans:x");
    insert.run("!nothing:x", "", null);
    const rooms = openSynapseRooms(file);
    assert.deepEqual(await rooms.findRoom("!named:x"), { name: "Plans", alias: undefined });
    assert.deepEqual(await rooms.findRoom("!alias:x"), { name: undefined, alias: "#plans:x" });
    assert.equal(await rooms.findRoom("!nothing:x"), undefined);
    assert.equal(await rooms.findRoom("!unknown:x' OR '1'='1"), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a missing database is an error, not a room without a name", async () => {
  await assert.rejects(openSynapseRooms("/nonexistent/homeserver.db").findRoom("!a:x"), StoreError);
});
