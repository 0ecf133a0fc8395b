import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import { memorySection, openMemoryStore } from "../../../src/identity/memory/store.ts";
import { DOMAIN, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

testIdentityStore({
  name: "memory",
  severalEntries: true,
  refusesInvalidAddresses: true,
  faults: [],
  open(people) {
    const section = memorySection.parse({
      enabled: true,
      identities: people.map(({ localpart, addresses, displayName }) => ({
        username: localpart,
        threepids: addresses.map((address) => ({ medium: "email", address })),
        ...(displayName === undefined ? {} : { displayName }),
      })),
    });
    const store = openMemoryStore(section, { domain: DOMAIN, clock: new ManualClock() });
    return Promise.resolve({ store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() });
  },
});

const FULL = {
  enabled: "yes",
  identities: [{
    username: "bob",
    displayName: " Bob ",
    threepids: [
      { medium: "msisdn", address: "4912345" },
      { medium: "email", address: "bob@example.org" },
    ],
    roles: ["staff", "staff", 7],
    language: "de_at",
  }],
};

Deno.test("memory: an entry of mxisd with all keys is read", async () => {
  await using store = openMemoryStore(memorySection.parse(FULL), {
    domain: DOMAIN,
    clock: new ManualClock(),
  });
  assert.deepEqual(
    await store.findProfile(userOf("bob")),
    profileWith({
      id: "@bob:example.org",
      addresses: ["bob@example.org"],
      displayName: "Bob",
      language: "de-AT",
      roles: ["staff", "7"],
      state: "active",
    }),
  );
});

Deno.test("memory: a user of another homeserver is not the local one of that name", async () => {
  await using store = openMemoryStore(memorySection.parse(FULL), {
    domain: DOMAIN,
    clock: new ManualClock(),
  });
  assert.equal(await store.findProfile("@bob:evil.example" as UserId), undefined);
  assert.ok(await store.findProfile("@bob:EXAMPLE.org" as UserId));
});

Deno.test("memory: the section is disabled and empty by default", () => {
  assert.deepEqual(memorySection.parse({}), { enabled: false, identities: [] });
});

Deno.test("memory: a wrong entry is refused at its position", () => {
  const wrong: [unknown, string][] = [
    [{ threepids: [{ medium: "email", address: "bob" }] }, "identities.0.threepids.0.address"],
    [{ threepids: [{ medium: "fax", address: "1" }] }, "identities.0.threepids.0.medium"],
    [{ username: "" }, "identities.0.username"],
    [{ language: "not a language" }, "identities.0.language"],
    [{ localpart: "bob" }, "identities.0"],
  ];
  for (const [entry, path] of wrong) {
    const identities = [{ username: "bob", ...(entry as object) }];
    const result = memorySection.safeParse({ identities });
    assert.deepEqual(result.error?.issues.map((issue) => issue.path.join(".")), [path]);
  }
});
