import assert from "node:assert/strict";
import { firebaseSection, openFirebaseStore } from "../../../src/identity/web/firebase.ts";
import { type Clock, systemClock } from "../../../src/system/clock.ts";
import { type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { failsWithout } from "../../contracts/store_error.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { FOREIGN_KEY, KEY_EXCERPT } from "../../fakes/identity/web/service_account.ts";
import {
  type FirebaseEmulator,
  type FirebaseUpload,
  OWNER_TOKEN,
  startFirebase,
} from "../servers/firebase.ts";
import { startGoogleTokens } from "../servers/google_tokens.ts";

const BOB = userOf("bob");
const fails = failsWithout([KEY_EXCERPT]);
const FULL = {
  localId: "bob",
  email: "bob@example.org",
  emailVerified: true,
  displayName: "Bob Łukasz 👩‍🚀",
  phoneNumber: "+491700000000",
  providerUserInfo: [
    { providerId: "google.com", rawId: "1", email: "bob@EXAMPLE.org" },
    { providerId: "github.com", rawId: "2", email: "zoë@exämple.org" },
    { providerId: "oidc.example", rawId: "3" },
  ],
};

let emulator: FirebaseEmulator;

Deno.test.beforeAll(async () => {
  emulator = await startFirebase();
});

Deno.test.afterAll(async () => await emulator[Symbol.asyncDispose]());

type TokenOptions = Parameters<typeof startGoogleTokens>[1];

async function openStore(clock: Clock, settings: object = {}, options: TokenOptions = {}) {
  const tokens = await startGoogleTokens(clock, options);
  const { credentials } = tokens;
  const section = firebaseSection.parse({
    enabled: true,
    url: emulator.url,
    credentials,
    ...settings,
  });
  const store = openFirebaseStore(section, { fetch, clock });
  return { store, tokens, [Symbol.asyncDispose]: () => tokens[Symbol.asyncDispose]() };
}

function uploadOf({ localpart, addresses, displayName }: Person): FirebaseUpload {
  // Providers may have said anything; the account's own address must look like one.
  const [first = "", ...others] = addresses;
  const isOwn = /^[^\s@]+@[^\s@]+$/.test(first);
  const told = isOwn ? others : addresses;
  return {
    localId: localpart,
    ...(isOwn ? { email: first } : {}),
    ...(displayName === undefined ? {} : { displayName }),
    providerUserInfo: told.map((email, n) => ({ providerId: `oidc.${n}`, rawId: `${n}`, email })),
  };
}

testIdentityStore({
  name: "firebase (its emulator)",
  severalEntries: false, // an ID is unique
  faults: ["down", "stall"],
  async open(people, clock) {
    await emulator.up();
    await emulator.replaceUsers(people.map(uploadOf));
    const made = await openStore(clock);
    return {
      store: made.store,
      secrets: [KEY_EXCERPT, `Bearer ${OWNER_TOKEN}`],
      down: () => emulator.down(),
      up: () => emulator.up(),
      async stall() {
        await emulator.stall();
        return { reached: Promise.resolve() };
      },
      async [Symbol.asyncDispose]() {
        await made[Symbol.asyncDispose]();
        await emulator.up();
      },
    };
  },
});

function test(sentence: string, users: readonly FirebaseUpload[], body: () => Promise<void>) {
  Deno.test(`firebase (its emulator): ${sentence}`, async () => {
    await emulator.up();
    await emulator.replaceUsers(users);
    await body();
  });
}

test("a user with all fields becomes a profile", [FULL], async () => {
  await using made = await openStore(systemClock);
  assert.deepEqual(
    await made.store.findProfile(BOB),
    profileWith({
      id: BOB,
      addresses: ["bob@example.org", "zoë@exämple.org"],
      displayName: "Bob Łukasz 👩‍🚀",
      roles: [],
      state: "active",
    }),
  );
  assert.equal(await made.store.findProfile(userOf("Bob")), undefined);
  assert.deepEqual(made.tokens.service.lines, ["POST /token"], "one token does for both");
});

test("with onlyVerified the account's own address counts if it is verified", [
  FULL,
  { localId: "carol", email: "carol@example.org", emailVerified: false },
], async () => {
  await using made = await openStore(systemClock, { onlyVerified: true });
  assert.deepEqual((await made.store.findProfile(BOB))?.addresses, ["bob@example.org"]);
  assert.deepEqual((await made.store.findProfile(userOf("carol")))?.addresses, []);
});

test("a disabled user is deactivated", [{ ...FULL, disabled: true }], async () => {
  await using made = await openStore(systemClock);
  assert.equal((await made.store.findProfile(BOB))?.state, "deactivated");
});

test("an ID may have 128 characters, and is compared as a whole", [
  { localId: "x".repeat(128), email: "x@example.org" },
], async () => {
  await using made = await openStore(systemClock);
  assert.ok(await made.store.findProfile(userOf("x".repeat(128))));
  assert.equal(await made.store.findProfile(userOf("x".repeat(127))), undefined);
  assert.equal(await made.store.findProfile(userOf("x".repeat(129))), undefined);
});

test("another account's key, and a rejected token, are reported", [FULL], async () => {
  await using stranger = await openStore(systemClock, {}, {
    changes: { private_key: FOREIGN_KEY },
  });
  const refused = fails("misconfigured", /the key is still valid.*\(status 400\)$/);
  await assert.rejects(stranger.store.findProfile(BOB), refused);
  await assert.rejects(stranger.store.check(), refused);
  await using weak = await openStore(systemClock, {}, { token: "no-owner" });
  const denied = fails("misconfigured", /status 401, our credentials are not accepted$/);
  await assert.rejects(weak.store.findProfile(BOB), denied);
  assert.equal(weak.tokens.service.lines.length, 2, "a new token was tried once");
});

test("a URL that is not the API's is reported", [FULL], async () => {
  await using made = await openStore(systemClock, { url: new URL(emulator.url).origin });
  await assert.rejects(made.store.check(), fails("misconfigured", /status 404$/));
});

test("a lookup at a stalled service has a deadline, and later ones succeed", [FULL], async () => {
  await using made = await openStore(systemClock, { timeout: "300ms" });
  await made.store.check();
  await emulator.stall();
  await assert.rejects(made.store.findProfile(BOB), fails("temporary", /no answer within 300ms/));
  await emulator.up();
  await using patient = await openStore(systemClock);
  assert.ok(await patient.store.findProfile(BOB));
});

test("more addresses than a person can have are refused", [
  { ...FULL, displayName: "x".repeat(2 ** 20) },
  {
    localId: "everybody",
    providerUserInfo: Array.from({ length: 60 }, (_, n) => ({
      providerId: `oidc.${n}`,
      rawId: `${n}`,
      email: `user${n}@example.org`,
    })),
  },
], async () => {
  await using made = await openStore(systemClock);
  await assert.rejects(made.store.findProfile(BOB), fails("misconfigured", /larger than 1 MiB/));
  const many = made.store.findProfile(userOf("everybody"));
  await assert.rejects(many, fails("misconfigured", /60 addresses for one person/));
});
