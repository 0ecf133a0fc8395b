import assert from "node:assert/strict";
import { keycloakSection, openKeycloakStore } from "../../../src/identity/web/keycloak.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { failsWithout } from "../../contracts/store_error.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { NOT_HELD } from "../../fakes/identity/web/keycloak_service.ts";
import { CA, UNRELATED_CA } from "../../fakes/net/certificates.ts";
import { fetchTrusting } from "../../fakes/net/http_client.ts";
import { type Keycloak, startKeycloak } from "../servers/keycloak.ts";
import {
  addToMaster,
  changeRealm,
  CLIENT,
  type RealmOptions,
  replaceRealm,
  replaceUsers,
} from "../servers/keycloak_realm.ts";

const REALM = "my realm";
const SECRETS = [CLIENT.clientSecret];

let keycloak: Keycloak;

Deno.test.beforeAll(async () => {
  keycloak = await startKeycloak();
  await replaceRealm(keycloak, { name: REALM, attributes: ["mail"], users: [] });
});

Deno.test.afterAll(async () => await keycloak[Symbol.asyncDispose]());

function openStore(settings: object = {}, { clock = systemClock, fetch = globalThis.fetch } = {}) {
  const { url } = keycloak;
  const section = keycloakSection.parse({
    ...{ enabled: true, url, realm: REALM, ...CLIENT },
    ...settings,
  });
  return openKeycloakStore(section, { fetch, clock });
}

testIdentityStore({
  name: "keycloak (Keycloak)",
  severalEntries: false, // a username is unique in a realm
  cannotHold: NOT_HELD,
  faults: ["down", "stall"],
  async open(people, clock) {
    const users = people.map(({ localpart, addresses, displayName }) => ({
      username: localpart,
      attributes: { mail: addresses },
      ...(displayName === undefined ? {} : { firstName: displayName }),
    }));
    await replaceUsers(keycloak, REALM, users);
    const { promise, resolve } = Promise.withResolvers<void>();
    const store = openStore({ mailAttributes: ["mail"] }, {
      clock,
      fetch(...request) {
        resolve();
        return fetch(...request);
      },
    });
    return {
      store,
      secrets: SECRETS,
      down: () => keycloak.down(),
      up: () => keycloak.up(),
      async stall() {
        await keycloak.stall();
        return { reached: promise };
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await keycloak.up();
      },
    };
  },
});

const BOB = userOf("bob");
const fails = failsWithout([...SECRETS, "bob@", "wr0ng"]);
const FULL = {
  username: "bob",
  email: "bob@example.org",
  emailVerified: true,
  firstName: "Bob",
  lastName: "Łukasz 山田",
  attributes: {
    locale: ["de"],
    zoneinfo: ["Europe/Berlin"],
    mail: ["zoë@exämple.org", "b@example.com"],
  },
  realmRoles: ["staff"],
  groups: ["/people/builders"],
};

function test(sentence: string, body: (realm: string) => Promise<void>, options = {}) {
  Deno.test(`keycloak (Keycloak): ${sentence}`, async () => {
    const realm: RealmOptions = { name: "of one test", users: [FULL], ...FULL_REALM, ...options };
    await replaceRealm(keycloak, realm);
    await body(realm.name);
  });
}

const FULL_REALM = {
  attributes: ["mail", "zoneinfo"],
  settings: {
    internationalizationEnabled: true,
    supportedLocales: ["de", "en"],
    roles: {
      realm: [
        { name: "staff", composite: true, composites: { realm: ["everybody"] } },
        { name: "everybody" },
        { name: "builder" },
      ],
    },
    groups: [{ name: "people", subGroups: [{ name: "builders", realmRoles: ["builder"] }] }],
  },
};

test("a user with everything becomes a profile; view-users is enough", async (realm) => {
  const store = openStore({ realm, mailAttributes: ["mail"] });
  const profile = await store.findProfile(BOB);
  assert.deepEqual(
    { ...profile, roles: profile?.roles.toSorted() },
    profileWith({
      id: BOB,
      addresses: ["bob@example.org", "zoë@exämple.org", "b@example.com"],
      displayName: "Bob Łukasz 山田",
      language: "de",
      timeZone: "Europe/Berlin",
      roles: ["builder", "everybody", "staff"],
      state: "active",
    }),
  );
  await store.check();
});

test("states, verified addresses and names that are addresses", async (realm) => {
  const store = openStore({ realm, onlyVerified: true });
  const corporate = openStore({ realm, username: "{localpart}@Example.org" });
  assert.deepEqual((await store.findProfile(BOB))?.addresses, ["bob@example.org"]);
  assert.deepEqual((await store.findProfile(userOf("carol")))?.addresses, []);
  assert.equal((await store.findProfile(userOf("carol")))?.state, "active");
  assert.equal((await store.findProfile(userOf("dan")))?.state, "deactivated");
  assert.deepEqual((await corporate.findProfile(userOf("eve")))?.addresses, ["eve@example.org"]);
  assert.equal(await corporate.findProfile(BOB), undefined);
}, {
  users: [
    FULL,
    { username: "Carol", email: "carol@example.org" },
    { username: "dan", enabled: false },
    { username: "eve@example.org", email: "eve@example.org" },
  ],
});

test("an attribute that the user profile lacks is not returned", async (realm) => {
  const store = openStore({ realm, mailAttributes: ["mail"] });
  assert.deepEqual((await store.findProfile(BOB))?.addresses, ["bob@example.org"]);
}, { attributes: [] });

for (const rights of [[], ["query-users"]]) {
  test(`an account with the roles [${rights}] is told to need view-users`, async (realm) => {
    const store = openStore({ realm });
    const lacks = fails("misconfigured", /lacks the role view-users/);
    await assert.rejects(store.check(), lacks);
    await assert.rejects(store.findProfile(BOB), lacks);
  }, { rights });
}

test("a client of the realm master needs the role of that realm", async (realm) => {
  const store = openStore({ realm, clientRealm: "master" });
  await addToMaster(keycloak);
  await assert.rejects(store.check(), fails("misconfigured", /lacks the role view-users/));
  await addToMaster(keycloak, realm);
  // Its token has the roles of before.
  const again = openStore({ realm, clientRealm: "master" });
  assert.ok(await again.findProfile(BOB));
});

test("errors in the section and in the realm are reported", async (realm) => {
  const wrong = (settings: object, message: RegExp) =>
    assert.rejects(
      openStore({ realm, ...settings }).findProfile(BOB),
      fails("misconfigured", message),
    );
  await wrong({ clientSecret: "wr0ng-s3cret" }, /check client ID and secret \(status 401\)$/);
  await wrong({ clientId: "wr0ng" }, /check client ID and secret \(status 401\)$/);
  await wrong({ realm: "elsewhere" }, /status 404$/);
  await wrong({ realm: "elsewhere", clientRealm: realm }, /status 404$/);
  await wrong({ url: `${keycloak.url}/auth` }, /status 404$/);
  await changeRealm(keycloak, realm, { sslRequired: "ALL" });
  await wrong({}, /issues no token.*HTTPS.*\(status 403\)$/);
  await changeRealm(keycloak, realm, { sslRequired: "NONE", enabled: false });
  await wrong({}, /issues no token.*disabled.*\(status 403\)$/);
  // Seconds, in the year 2033: no token of before is accepted.
  await changeRealm(keycloak, realm, { enabled: true, notBefore: 2_000_000_000 });
  await wrong({}, /status 401/);
});

test("a token of a realm that was created again is replaced", async (name) => {
  const store = openStore({ realm: name });
  assert.ok(await store.findProfile(BOB));
  await replaceRealm(keycloak, { name, users: [{ username: "bob", email: "new@example.org" }] });
  assert.deepEqual((await store.findProfile(BOB))?.addresses, ["new@example.org"]);
});

test("a certificate must be from a trusted authority", async (realm) => {
  for (const ca of [CA, UNRELATED_CA]) {
    const store = openStore({ realm, url: keycloak.secureUrl }, { fetch: fetchTrusting(ca) });
    if (ca === CA) assert.ok(await store.findProfile(BOB));
    else {await assert.rejects(
        store.findProfile(BOB),
        fails("misconfigured", /certificate is issued by "Test CA"/),
      );}
  }
});

test("a lookup at a stalled server has a deadline, and later ones succeed", async (realm) => {
  const store = openStore({ realm, timeout: "300ms" });
  await keycloak.stall();
  try {
    await assert.rejects(store.findProfile(BOB), fails("temporary", /no answer within 300/));
  } finally {
    await keycloak.up();
  }
  assert.ok(await openStore({ realm }).findProfile(BOB));
});

test(
  "an answer beyond measure, and more addresses than a person has, are refused",
  async (realm) => {
    const store = openStore({ realm, mailAttributes: ["mail"] });
    await assert.rejects(store.findProfile(BOB), fails("misconfigured", /returns 60 addresses/));
    await assert.rejects(store.findProfile(userOf("big")), fails("misconfigured", /1 MiB/));
  },
  {
    users: [
      {
        ...FULL,
        email: null,
        attributes: { mail: Array.from({ length: 60 }, (_, n) => `${n}@example.org`) },
      },
      {
        username: "big",
        attributes: { mail: Array.from({ length: 600 }, () => "x".repeat(2000)) },
      },
    ],
  },
);
