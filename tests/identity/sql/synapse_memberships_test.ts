import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { PendingInvite } from "../../../src/identity/memberships.ts";
import { StoreError } from "../../../src/identity/port.ts";
import { openSynapseMemberships } from "../../../src/identity/sql/synapse_memberships.ts";
import { connectionString } from "../../../src/settings/kinds.ts";
import { makeMemoryFolder } from "../../fakes/system/memory_folder.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { howMany } from "../../thorough.ts";

const NOW = Date.UTC(2027, 0, 4, 9, 30);
const BOB = "@bob:example.org";

interface Stored {
  readonly room?: string;
  readonly user?: string;
  readonly id: string;
  readonly membership?: string;
  readonly receivedAt?: number;
  /** The text in the column, for a damaged one. */
  readonly text?: string;
  readonly unsigned?: Record<string, unknown>;
}

/** A part of Synapse's database. */
async function synapseDatabase() {
  const folder = await makeMemoryFolder();
  const file = `${folder}/homeserver.db`;
  const database = new DatabaseSync(file);
  database.exec(`
    CREATE TABLE local_current_membership (room_id TEXT NOT NULL, user_id TEXT NOT NULL,
      event_id TEXT NOT NULL, membership TEXT NOT NULL);
    CREATE UNIQUE INDEX local_current_membership_idx ON local_current_membership(user_id, room_id);
    CREATE TABLE events (event_id TEXT NOT NULL UNIQUE, room_id TEXT NOT NULL, received_ts BIGINT);
    CREATE TABLE event_json (event_id TEXT NOT NULL UNIQUE, room_id TEXT NOT NULL,
      json TEXT NOT NULL);
  `);
  const clock = new ManualClock(NOW);
  const memberships = openSynapseMemberships(
    { enabled: true, type: "sqlite", connection: connectionString().parse(file) },
    { clock, authorities: [], timeout: 1000 },
  );

  function event({ room = "!a:x", id, membership = "invite", text, ...rest }: Stored): void {
    const content = { membership };
    const json = { sender: "@alice:x", content, unsigned: rest.unsigned ?? {}, room_id: "!lie:x" };
    database.prepare("INSERT INTO events VALUES (?, ?, ?)").run(id, room, rest.receivedAt ?? NOW);
    database.prepare("INSERT INTO event_json VALUES (?, ?, ?)")
      .run(id, room, text ?? JSON.stringify(json));
  }

  return {
    memberships,
    database,
    event,
    /** Stores an event that is the person's membership now. */
    current(stored: Stored): void {
      const { room = "!a:x", user = BOB, id, membership = "invite" } = stored;
      event(stored);
      database.prepare("INSERT OR REPLACE INTO local_current_membership VALUES (?, ?, ?, ?)")
        .run(room, user, id, membership);
    },
    async [Symbol.asyncDispose]() {
      await memberships[Symbol.asyncDispose]();
      database.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function eventOf(invite: PendingInvite | undefined): Record<string, unknown> {
  return invite?.event as Record<string, unknown>;
}

Deno.test("a pending invite is read as Synapse pushes it, and what identifies it from columns", async () => {
  await using synapse = await synapseDatabase();
  synapse.current({ id: "$joined", room: "!joined:x", membership: "join" });
  synapse.event({ id: "$before", membership: "invite" });
  const roomState = [{ type: "m.room.name", state_key: "", content: { name: "Plans" } }];
  const unsigned = {
    age_ts: NOW - 7000,
    replaces_state: "$before",
    invite_room_state: roomState,
  };
  synapse.current({ id: "$invite", unsigned });
  const { invites, end } = await synapse.memberships.pendingInvites(0);
  assert.deepEqual([invites.length, end], [1, undefined]);
  assert.deepEqual(eventOf(invites[0]), {
    type: "m.room.member",
    room_id: "!a:x",
    event_id: "$invite",
    sender: "@alice:x",
    state_key: BOB,
    content: { membership: "invite" },
    unsigned: {
      age: 7000,
      replaces_state: "$before",
      prev_content: { membership: "invite" },
      invite_room_state: roomState,
    },
  });
});

Deno.test("invites that were received too early, and damaged ones, are only counted", async () => {
  await using synapse = await synapseDatabase();
  synapse.current({ id: "$old", room: "!old:x", receivedAt: NOW - 1 });
  synapse.current({ id: "$new", room: "!new:x", receivedAt: NOW });
  synapse.current({ id: "$text", room: "!text:x", text: "{" });
  synapse.current({ id: "$list", room: "!list:x", text: "[]" });
  synapse.current({ id: "$odd", room: "!odd:x", text: '{"unsigned":7}' });
  synapse.database.exec(
    "INSERT INTO local_current_membership VALUES ('!gone:x', 'u', '$', 'invite')",
  );
  const { invites } = await synapse.memberships.pendingInvites(NOW);
  const ids = invites.map((invite) => eventOf(invite)?.event_id);
  assert.deepEqual(ids.toSorted(), ["$new", "$odd", ...Array(4).fill(undefined)]);
});

Deno.test("pages follow one another without a gap, while invites come and go", async () => {
  // Several pages.
  const all = howMany(300, 1100);
  await using synapse = await synapseDatabase();
  const name = (n: number) => `@user${String(n).padStart(4, "0")}:x`;
  for (let n = 0; n < all; n++) {
    synapse.current({ id: `$${n}`, user: name(n % (all / 2)), room: `!${n}:x` });
  }
  const seen: unknown[] = [];
  for (let place = undefined, page = 0;; page++) {
    const { invites, end } = await synapse.memberships.pendingInvites(0, place);
    seen.push(...invites.map((invite) => eventOf(invite).event_id));
    if (end === undefined) break;
    // Before and behind the place.
    if (page === 0) {
      synapse.database.exec(
        `DELETE FROM local_current_membership WHERE event_id IN ('$0', '$${all - 1}')`,
      );
    }
    place = end;
  }
  assert.equal(seen.length, all - 1);
  assert.equal(new Set(seen).size, all - 1);
});

const ASKED = { roomId: "!a:x", invitee: BOB, eventId: "$invite" };

for (const membership of ["join", "leave", "ban"]) {
  Deno.test(`a ${membership} that replaced the invite is its answer`, async () => {
    await using synapse = await synapseDatabase();
    synapse.event({ id: "$invite" });
    synapse.current({ id: "$answer", membership });
    const [found, ...more] = await synapse.memberships.answers([ASKED]);
    assert.deepEqual(more, []);
    assert.equal(found?.invite, ASKED);
    assert.equal(eventOf(found).event_id, "$answer");
  });
}

Deno.test("an invite has no answer while it is pending, replaced by another or unknown", async () => {
  await using synapse = await synapseDatabase();
  const { memberships } = synapse;
  // A replica that lags behind knows an answer to an earlier invite.
  synapse.current({ id: "$earlier", membership: "leave" });
  assert.deepEqual(await memberships.answers([ASKED]), []);
  synapse.current({ id: "$invite" });
  assert.deepEqual(await memberships.answers([ASKED]), []);
  synapse.current({ id: "$newer" });
  assert.deepEqual(await memberships.answers([ASKED]), []);
  synapse.current({ id: "$knock", membership: "knock" });
  assert.deepEqual(await memberships.answers([ASKED]), []);
  // Event IDs are no secret, and another room's says nothing about this one.
  synapse.event({ id: "$foreign", room: "!b:x" });
  synapse.current({ id: "$left", membership: "leave" });
  assert.deepEqual(await memberships.answers([{ ...ASKED, eventId: "$foreign" }]), []);
  assert.equal((await memberships.answers([ASKED])).length, 1);
});

Deno.test("many invites are asked for at once, and hostile IDs are only values", async () => {
  await using synapse = await synapseDatabase();
  const asked = Array.from(
    { length: 250 },
    (_, n) => ({ ...ASKED, roomId: `!${n}:x`, eventId: `$${n}` }),
  );
  for (const { roomId: room, eventId: id } of asked) {
    synapse.event({ id, room });
    synapse.current({ id: `${id}-left`, room, membership: "leave" });
  }
  const hostile = { roomId: "!'; DROP TABLE events; --", invitee: "?", eventId: "\0\"?'" };
  const found = await synapse.memberships.answers([hostile, ...asked]);
  assert.deepEqual(new Set(found.map(({ invite }) => invite)), new Set(asked));
  assert.deepEqual(await synapse.memberships.answers([]), []);
});

Deno.test("a database without the tables is an error that names one", async () => {
  await using synapse = await synapseDatabase();
  synapse.database.exec("DROP TABLE local_current_membership");
  await assert.rejects(
    synapse.memberships.pendingInvites(0),
    (error) =>
      error instanceof StoreError && error.kind === "misconfigured" &&
      /no such table: local_current_membership/.test(error.message),
  );
});
