import assert from "node:assert/strict";
import { type NamedRoom, StoreError } from "../../src/identity/port.ts";
import { resolve } from "../fakes/notify/resolving.ts";

function directory(room: NamedRoom | Error | undefined) {
  const lookups: string[] = [];
  return {
    lookups,
    findRoom(roomId: string): Promise<NamedRoom | undefined> {
      lookups.push(roomId);
      return room instanceof Error ? Promise.reject(room) : Promise.resolve(room);
    },
  };
}

Deno.test("a room without a name gets the one in the homeserver's database", async () => {
  const rooms = directory({ name: "Plans" });
  const { outcome } = await resolve({ rooms });
  assert.ok(outcome?.kind === "resolved");
  assert.deepEqual(outcome.room, { name: "Plans" });
  assert.deepEqual(rooms.lookups, ["!plans:example.org"]);
});

Deno.test("a room that has a name or an alias is not looked up", async () => {
  for (const known of [{ name: "Plans" }, { alias: "#plans:example.org" }]) {
    const rooms = directory({ name: "Something else" });
    const facts = { room: { kind: "room", encrypted: false, ...known } } as const;
    const { outcome } = await resolve({ rooms, invitation: { facts } });
    assert.ok(outcome?.kind === "resolved");
    assert.equal(outcome.room, undefined);
    assert.deepEqual(rooms.lookups, []);
  }
});

Deno.test("a room that cannot be looked up defers nothing", async () => {
  const rooms = directory(new StoreError("synapseSql", "temporary", "is locked"));
  const { outcome } = await resolve({ rooms });
  assert.ok(outcome?.kind === "resolved");
  assert.equal(outcome.room, undefined);
});

Deno.test("a remote inviter does not get the name of a local room", async () => {
  const rooms = directory({ name: "Board" });
  const { outcome } = await resolve({ rooms, invitation: { inviter: "@eve:evil.example" } });
  assert.ok(outcome?.kind === "resolved");
  assert.equal(outcome.room, undefined);
  assert.deepEqual(rooms.lookups, []);
});
