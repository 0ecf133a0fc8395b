import assert from "node:assert/strict";
import { StoreError } from "../../src/identity/port.ts";
import type { Person } from "../fakes/notify/people.ts";
import { ALICE, BOB, MAIL, resolve } from "../fakes/notify/resolving.ts";

const INVITERS: readonly [
  name: string,
  inviter: string,
  known: Record<string, Person | Error>,
  inviterName?: string,
][] = [
  ["a local inviter is announced by the store's name", ALICE, {
    [ALICE]: { displayName: "Alice A." },
  }, "Alice A."],
  ["a local inviter without an address as well", ALICE, {
    [ALICE]: { displayName: "A", addresses: [] },
  }, "A"],
  ["a local inviter whom no store knows has no name from there", ALICE, {}],
  ["a remote namesake does not get a local person's name", "@alice:evil.example", {
    [ALICE]: { displayName: "Alice A." },
    "@alice:evil.example": { displayName: "Alice A." },
  }],
  ["a namesake on another port is remote", "@alice:example.org:8448", {
    "@alice:example.org:8448": { displayName: "Alice A." },
  }],
  ["a namesake in upper case does not get a local person's name", "@ALICE:example.org", {
    "@ALICE:example.org": { id: ALICE, displayName: "Alice A." },
  }],
  ["an inviter in upper case whom the store knows so has that name", "@ALICE:example.org", {
    "@ALICE:example.org": { id: "@ALICE:example.org", displayName: "ALICE" },
  }, "ALICE"],
  ["an inviter who is not a user ID is not looked up", "@al ice:example.org", {
    "@al ice:example.org": { displayName: "Alice A." },
  }],
  ["a failing lookup of the inviter holds nothing up", ALICE, {
    [ALICE]: new StoreError("ldap", "temporary", "down"),
  }],
  ["a defect in looking up the inviter holds nothing up", ALICE, { [ALICE]: new TypeError("bug") }],
];
for (const [name, inviter, known, inviterName] of INVITERS) {
  Deno.test(name, async () => {
    const { outcome } = await resolve({
      invitation: { inviter },
      known: { [BOB]: MAIL, ...known },
    });
    assert.equal(outcome.kind, "resolved");
    assert.equal(outcome.kind === "resolved" && outcome.inviterName, inviterName);
  });
}
