import assert from "node:assert/strict";
import { keycloakSection, openKeycloakStore } from "../../src/identity/keycloak.ts";
import { StoreError } from "../../src/identity/port.ts";
import { testIdentityStore, userOf } from "../contracts/identity_store.ts";
import { CLIENT_SECRET, type KeycloakAccount, KeycloakRealm } from "../fakes/keycloak_service.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { WebService } from "../fakes/web_service.ts";

const BOB = userOf("bob");
const TOKEN = "POST /realms/my%20realm/protocol/openid-connect/token";
const USERS = "GET /admin/realms/my%20realm/users";
const ROLES = `${USERS}/id-0/role-mappings/realm/composite`;

function makeRealm(accounts: readonly KeycloakAccount[], settings: object = {}) {
  const realm = new KeycloakRealm(accounts);
  const service = new WebService(realm.handle);
  const clock = new ManualClock();
  const section = keycloakSection.parse({
    enabled: true,
    url: service.url,
    realm: "my realm",
    clientId: "mxisd",
    clientSecret: CLIENT_SECRET,
    ...settings,
  });
  return {
    realm,
    service,
    clock,
    store: openKeycloakStore(section, { fetch, clock }),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

testIdentityStore({
  name: "keycloak",
  severalEntries: false, // a username is unique in a realm
  faults: ["down", "stall"],
  open(people, clock) {
    const realm = new KeycloakRealm(people.map(({ localpart, addresses, displayName }) => ({
      username: localpart,
      representation: {
        username: localpart,
        attributes: { mail: addresses },
        ...(displayName === undefined ? {} : { firstName: displayName }),
      },
    })));
    const service = new WebService(realm.handle);
    const section = keycloakSection.parse({
      enabled: true,
      url: service.url,
      realm: "my realm",
      clientId: "mxisd",
      clientSecret: CLIENT_SECRET,
      mailAttributes: ["mail"],
    });
    return Promise.resolve({
      store: openKeycloakStore(section, { fetch, clock }),
      secrets: [CLIENT_SECRET, "token-1"],
      down: () => service.down(),
      up: () => Promise.resolve(service.up()),
      stall: () => service.stall(),
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    });
  },
});

const fails = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError);
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, message);
  return true;
};

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

Deno.test("keycloak: a user with everything in it becomes a profile", async () => {
  const account = { username: "bob", roles: ["staff", "default-roles"], representation: FULL };
  await using made = makeRealm([account], { mailAttributes: ["otherMailbox", "constructor"] });
  assert.deepEqual(await made.store.findProfile(BOB), {
    id: BOB,
    addresses: ["bob@example.org", "robert@example.com"],
    displayName: "Bob Builder",
    language: "de",
    timeZone: "Europe/Berlin",
    roles: ["staff", "default-roles"],
    state: "active",
  });
  assert.deepEqual(made.service.lines, [TOKEN, USERS, ROLES]);
});

Deno.test("keycloak: an address that is not verified counts, unless it must be", async () => {
  for (const [onlyVerified, addresses] of [[false, ["bob@example.org"]], [true, []]]) {
    const representation = { ...FULL, emailVerified: false };
    await using made = makeRealm([{ username: "bob", representation }], { onlyVerified });
    assert.deepEqual((await made.store.findProfile(BOB))?.addresses, addresses);
  }
});

Deno.test("keycloak: who is not enabled is deactivated", async () => {
  await using made = makeRealm([{ username: "bob", representation: { enabled: false } }]);
  assert.equal((await made.store.findProfile(BOB))?.state, "deactivated");
});

Deno.test("keycloak: usernames are in lower case, so that @BOB is nobody", async () => {
  await using made = makeRealm([{ username: "bob" }]);
  assert.ok(await made.store.findProfile(BOB));
  assert.equal(await made.store.findProfile(userOf("BOB")), undefined);
});

Deno.test("keycloak: people may have another name there, and the client another realm", async () => {
  await using made = makeRealm([{ username: "bob@corp.example" }], {
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

Deno.test("keycloak: a token is used until shortly before it expires, and asked for once", async () => {
  await using made = makeRealm([{ username: "bob" }]);
  await Promise.all(Array.from({ length: 10 }, () => made.store.findProfile(BOB)));
  assert.equal(made.realm.given, 1);
  made.clock.advance(49_999);
  await made.store.findProfile(BOB);
  assert.equal(made.realm.given, 1);
  made.clock.advance(1);
  await made.store.findProfile(BOB);
  assert.equal(made.realm.given, 2);
});

Deno.test("keycloak: a token that is known no more is replaced once", async () => {
  await using made = makeRealm([{ username: "bob" }]);
  await made.store.check();
  made.realm.forget();
  assert.ok(await made.store.findProfile(BOB));
  assert.deepEqual(made.service.lines.slice(2), [USERS, TOKEN, USERS, ROLES]);

  made.service.scripted = (request) => {
    if (request.line === TOKEN) return made.realm.handle(request);
    return new Response(null, { status: 401 });
  };
  await assert.rejects(made.store.findProfile(BOB), fails("misconfigured", /status 401/));
  assert.deepEqual(made.service.lines.slice(6), [USERS, TOKEN, USERS]);
});

Deno.test("keycloak: a wrong secret, a missing role and a missing realm say what to do", async () => {
  await using wrong = makeRealm([], { clientSecret: "wr0ng-s3cret" });
  await assert.rejects(wrong.store.check(), (error: unknown) => {
    assert.ok(!Deno.inspect(error).includes("wr0ng"));
    return fails("misconfigured", /are client ID and secret right\? \(status 401\)$/)(error);
  });
  await using weak = makeRealm([{ username: "bob" }]);
  weak.realm.forbidden = true;
  await assert.rejects(weak.store.findProfile(BOB), fails("misconfigured", /lacks .* view-users/));
  await assert.rejects(weak.store.check(), fails("misconfigured", /lacks .* view-users/));
  weak.service.scripted = () => Response.json({ error: "Realm does not exist" }, { status: 404 });
  await using missing = makeRealm([]);
  missing.service.scripted = weak.service.scripted;
  await assert.rejects(missing.store.findProfile(BOB), fails("misconfigured", /status 404$/));
});

Deno.test("keycloak: what is down says so at either of its endpoints", async () => {
  for (const line of [TOKEN, USERS, ROLES]) {
    await using made = makeRealm([{ username: "bob" }]);
    made.service.scripted = (request) => {
      return request.line === line
        ? new Response(null, { status: 503 })
        : made.realm.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), fails("temporary", /status 503$/));
  }
});

Deno.test("keycloak: an answer of another form is refused, and not repeated", async () => {
  const cases: [string, string, RegExp][] = [
    [TOKEN, "<b@example.org>", /not JSON$/],
    [TOKEN, '{"access_token":"a\\nb","token_type":"Bearer"}', /access_token$/],
    [TOKEN, '{"access_token":"b@example.org","token_type":"mac"}', /token_type$/],
    [USERS, '{"email":"b@example.org"}', /wrong form: the answer$/],
    [USERS, '[{"id":"..","username":"b@example.org"}]', /0\.id$/],
    [USERS, '[{"id":"1","email":"b@example.org"}]', /0\.username$/],
    [USERS, '[{"id":"1","username":"bob","attributes":{"x":"b@example.org"}}]', /attributes\.x$/],
    [ROLES, '["b@example.org"]', /wrong form: 0$/],
  ];
  for (const [line, body, message] of cases) {
    await using made = makeRealm([{ username: "bob" }]);
    made.service.scripted = (request) => {
      return request.line === line ? new Response(body) : made.realm.handle(request);
    };
    await assert.rejects(made.store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails("misconfigured", message)(error);
    });
  }
});

Deno.test("keycloak: two users of one name are nobody's choice", async () => {
  await using made = makeRealm([{ username: "bob" }, { username: "BOB" }]);
  await assert.rejects(
    made.store.findProfile(BOB),
    fails("misconfigured", /has 2 users of one name/),
  );
});

Deno.test("keycloak: one who gives up waiting for a token takes it from nobody", async () => {
  await using made = makeRealm([{ username: "bob" }]);
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

Deno.test("keycloak: the section's defaults, and what is wrong in it", () => {
  assert.deepEqual(keycloakSection.parse({}), {
    enabled: false,
    username: "{localpart}",
    onlyVerified: false,
    mailAttributes: [],
    timeout: 10_000,
  });
  const right = { enabled: true, url: "https://x", realm: "r", clientId: "c", clientSecret: "s" };
  assert.ok(keycloakSection.safeParse(right).success);
  const wrong: [object, string][] = [
    [{ url: undefined }, "url"],
    [{ realm: undefined }, "realm"],
    [{ realm: "" }, "realm"],
    [{ clientSecret: "" }, "clientSecret"],
    [{ username: "bob" }, "username"],
    [{ timeout: "0" }, "timeout"],
    [{ clientsecret: "x" }, ""],
  ];
  for (const [section, path] of wrong) {
    const issues = keycloakSection.safeParse({ ...right, ...section }).error?.issues;
    assert.deepEqual(issues?.map((issue) => issue.path.join(".")), [path], JSON.stringify(section));
  }
});
