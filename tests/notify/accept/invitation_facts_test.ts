import assert from "node:assert/strict";
import { readFacts } from "../../../src/notify/accept/invitation_facts.ts";

const SENDER = "@alice:example.org";

function state(type: string, content: unknown, stateKey: unknown = ""): Record<string, unknown> {
  return { type, state_key: stateKey, content };
}

function nameOf(...roomState: unknown[]): string | undefined {
  return readFacts({}, roomState, SENDER).room.name;
}

Deno.test("a name is trimmed, and a blank one is unknown", () => {
  assert.equal(nameOf(state("m.room.name", { name: "  Plans\n" })), "Plans");
  assert.equal(nameOf(state("m.room.name", { name: " \t\n " })), undefined);
});

for (const name of [undefined, null, 7, ["Plans"], { name: "Plans" }, ""]) {
  Deno.test(`a name that is ${JSON.stringify(name)} is unknown`, () => {
    assert.equal(nameOf(state("m.room.name", { name })), undefined);
  });
}

Deno.test("a name with another state key is not the room's", () => {
  assert.equal(nameOf(state("m.room.name", { name: "Plans" }, "x")), undefined);
  assert.equal(nameOf(state("m.room.name", { name: "Plans" }, null)), undefined);
  assert.equal(nameOf({ type: "m.room.name", content: { name: "Plans" } }), undefined);
});

Deno.test("long texts are cut, and no character is left in half", () => {
  const name = nameOf(state("m.room.name", { name: "a".repeat(254) + "😀".repeat(9) }));
  assert.equal(name, "a".repeat(254) + "\uFFFD");
  const facts = readFacts({ reason: "r".repeat(1e6) }, [
    state("m.room.topic", { topic: "t".repeat(1e6) }),
    state("m.room.canonical_alias", { alias: `#${"a".repeat(1e6)}` }),
    state("m.room.member", { displayname: "d".repeat(1e6) }, SENDER),
  ], SENDER);
  assert.ok(JSON.stringify(facts).length < 3000);
});

Deno.test("the inviter's name is the sender's, never the invitee's", () => {
  const facts = readFacts({ displayname: "Bob" }, [
    state("m.room.member", { displayname: "Bob" }, "@bob:example.org"),
    state("m.room.member", { displayname: "Alice" }, SENDER),
  ], SENDER);
  assert.equal(facts.inviterName, "Alice");
  assert.equal(readFacts({ displayname: "Bob" }, [], SENDER).inviterName, undefined);
});

Deno.test("a sender whose ID is a property of Object.prototype has no name", () => {
  for (const sender of ["__proto__", "constructor", "toString"]) {
    assert.equal(readFacts({}, [], sender).inviterName, undefined);
  }
});

Deno.test("a room is a space by its creation, else a direct chat by the invite", () => {
  const space = state("m.room.create", { type: "m.space" });
  assert.equal(readFacts({}, [space], SENDER).room.kind, "space");
  assert.equal(readFacts({ is_direct: true }, [space], SENDER).room.kind, "space");
  assert.equal(readFacts({ is_direct: true }, undefined, SENDER).room.kind, "direct");
  assert.equal(readFacts({ is_direct: "yes" }, null, SENDER).room.kind, "room");
});

Deno.test("a room is encrypted when it names an algorithm", () => {
  const encrypted = (content: unknown) =>
    readFacts({}, [state("m.room.encryption", content)], SENDER).room.encrypted;
  assert.equal(encrypted({ algorithm: "m.megolm.v1.aes-sha2" }), true);
  assert.equal(encrypted({}), false);
  assert.equal(encrypted(null), false);
});

for (
  const [what, state, expected] of [
    ["names a bridge", { type: "m.bridge", state_key: "net.whatsapp/1", content: { a: 1 } }, true],
    [
      "names a bridge by its earlier name",
      { type: "uk.half-shot.bridge", state_key: "irc", content: { bridgebot: "@irc:x.org" } },
      true,
    ],
    ["names a bridge that is gone", { type: "m.bridge", state_key: "x", content: {} }, undefined],
    ["has another type", { type: "m.bridges", state_key: "x", content: { a: 1 } }, undefined],
    ["has no content", { type: "m.bridge", state_key: "x", content: null }, undefined],
    ["has a type that is no text", { type: ["m.bridge"], content: { a: 1 } }, undefined],
  ] as const
) {
  Deno.test(`a room whose state ${what} ${expected ? "is" : "is not"} bridged`, () => {
    assert.equal(readFacts({}, [state], SENDER).room.bridged, expected);
  });
}
