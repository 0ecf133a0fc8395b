import assert from "node:assert/strict";
import { keycloakSection } from "../../../src/identity/web/keycloak.ts";
import { testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import {
  CLIENT_SECRET,
  KeycloakRealm,
  NOT_HELD,
} from "../../fakes/identity/web/keycloak_service.ts";
import { WebService } from "../../fakes/net/web_service.ts";
import { assertIssues } from "../section_issues.ts";
import { openKeycloak, openStore, ROLES, TOKEN, USERS } from "./open_keycloak.ts";

const BOB = userOf("bob");

testIdentityStore({
  name: "keycloak",
  severalEntries: false, // a username is unique in a realm
  cannotHold: NOT_HELD,
  faults: ["down", "stall"],
  open(people, clock) {
    const realm = new KeycloakRealm(people.map(({ localpart, addresses, displayName }) => ({
      username: localpart,
      representation: {
        attributes: { mail: addresses },
        ...(displayName === undefined ? {} : { firstName: displayName }),
      },
    })));
    const service = new WebService(realm.handle);
    return Promise.resolve(
      fakeHarness(openStore(service, clock, { mailAttributes: ["mail"] }), service, [
        CLIENT_SECRET,
        "token-1",
      ]),
    );
  },
});

const FULL = {
  firstName: "Bob",
  lastName: "Builder",
  email: "bob@example.org",
  emailVerified: true,
  attributes: {
    locale: ["de"],
    zoneinfo: ["Europe/Berlin"],
    otherMailbox: ["robert@example.com", "BOB@example.org"],
  },
};

Deno.test("keycloak: a user with all fields becomes a profile", async () => {
  const account = { username: "bob", roles: ["staff", "default-roles"], representation: FULL };
  await using made = openKeycloak([account], { mailAttributes: ["otherMailbox", "constructor"] });
  assert.deepEqual(
    await made.store.findProfile(BOB),
    profileWith({
      id: BOB,
      addresses: ["bob@example.org", "robert@example.com"],
      displayName: "Bob Builder",
      language: "de",
      timeZone: "Europe/Berlin",
      roles: ["staff", "default-roles"],
      state: "active",
    }),
  );
  assert.deepEqual(made.service.lines, [TOKEN, USERS, ROLES]);
});

Deno.test("keycloak: an unverified address counts, unless it must be verified", async () => {
  for (const [onlyVerified, addresses] of [[false, ["bob@example.org"]], [true, []]]) {
    const representation = { ...FULL, emailVerified: false };
    await using made = openKeycloak([{ username: "bob", representation }], { onlyVerified });
    assert.deepEqual((await made.store.findProfile(BOB))?.addresses, addresses);
  }
});

Deno.test("keycloak: a user who is not enabled is deactivated", async () => {
  await using made = openKeycloak([{ username: "bob", representation: { enabled: false } }]);
  assert.equal((await made.store.findProfile(BOB))?.state, "deactivated");
});

Deno.test("keycloak: usernames are in lower case, so @BOB is unknown", async () => {
  await using made = openKeycloak([{ username: "bob" }]);
  assert.ok(await made.store.findProfile(BOB));
  assert.equal(await made.store.findProfile(userOf("BOB")), undefined);
});

Deno.test("keycloak: people may have another username, and the client another realm", async () => {
  await using made = openKeycloak([{ username: "bob@corp.example" }], {
    username: "{localpart}@Corp.example",
    clientRealm: "master",
  });
  made.service.scripted = (request) => {
    if (request.line !== "POST /realms/master/protocol/openid-connect/token") {
      return made.realm.handle(request);
    }
    return made.realm.handle({ ...request, line: TOKEN });
  };
  assert.ok(await made.store.findProfile(BOB));
});

Deno.test("keycloak: a token is used until shortly before it expires, and requested once", async () => {
  await using made = openKeycloak([{ username: "bob" }]);
  await Promise.all(Array.from({ length: 10 }, () => made.store.findProfile(BOB)));
  assert.equal(made.realm.given, 1);
  made.clock.advance(49_999);
  await made.store.findProfile(BOB);
  assert.equal(made.realm.given, 1);
  made.clock.advance(1);
  await made.store.findProfile(BOB);
  assert.equal(made.realm.given, 2);
});

Deno.test("keycloak: a token that is no longer valid is replaced once", async () => {
  await using made = openKeycloak([{ username: "bob" }]);
  await made.store.check();
  made.realm.forget();
  assert.ok(await made.store.findProfile(BOB));
  assert.deepEqual(made.service.lines.slice(3), [USERS, TOKEN, USERS, ROLES]);

  made.service.scripted = (request) => {
    if (request.line === TOKEN) return made.realm.handle(request);
    return new Response(null, { status: 401 });
  };
  await assert.rejects(made.store.findProfile(BOB), {
    kind: "misconfigured",
    message: /status 401/,
  });
  assert.deepEqual(made.service.lines.slice(7), [USERS, TOKEN, USERS]);
});

Deno.test("keycloak: an aborted lookup does not abort the others' token request", async () => {
  await using made = openKeycloak([{ username: "bob" }]);
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  made.service.scripted = async (request) => {
    asked.resolve();
    await gate.promise;
    return made.realm.handle(request);
  };
  const stop = new AbortController();
  const early = made.store.findProfile(BOB, { signal: stop.signal });
  const late = made.store.findProfile(BOB);
  await asked.promise;
  stop.abort();
  await assert.rejects(early, { kind: "temporary" });
  gate.resolve();
  assert.ok(await late);
  assert.equal(made.realm.given, 1);
});

Deno.test("keycloak: the section has defaults, and refuses wrong values", () => {
  assert.deepEqual(keycloakSection.parse({}), {
    enabled: false,
    username: "{localpart}",
    onlyVerified: false,
    mailAttributes: [],
    timeout: 10_000,
  });
  const right = { enabled: true, url: "https://x", realm: "r", clientId: "c", clientSecret: "s" };
  assert.ok(keycloakSection.safeParse(right).success);
  assertIssues(keycloakSection, [
    [{ url: undefined }, "url"],
    [{ realm: undefined }, "realm"],
    [{ realm: "" }, "realm"],
    [{ clientSecret: "" }, "clientSecret"],
    [{ username: "bob" }, "username"],
    [{ timeout: "0" }, "timeout"],
    [{ clientsecret: "x" }, ""],
  ], right);
});
