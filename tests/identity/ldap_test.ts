import assert from "node:assert/strict";
import type { Clock } from "../../src/domain/clock.ts";
import { openLdapStores } from "../../src/identity/ldap.ts";
import { ldapSection } from "../../src/identity/ldap_section.ts";
import { type IdentityStore, StoreError } from "../../src/identity/port.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../contracts/identity_store.ts";
import { type FakeEntry, LdapServer } from "../fakes/ldap_server.ts";
import { collectLogs } from "../fakes/log_records.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

const LOGIN = { dn: "cn=mxisd,dc=example,dc=org", password: "t0ps3cret" };
const BOB = userOf("bob");

async function startServer(entries: readonly FakeEntry[] = []): Promise<LdapServer> {
  const server = new LdapServer();
  server.login = LOGIN;
  server.entries.push(...entries);
  await server.up();
  return server;
}

function person(uid: string, attributes: FakeEntry["attributes"] = {}, base = "dc=org"): FakeEntry {
  const dn = `cn=${crypto.randomUUID()},${base}`;
  return { dn, attributes: { sAMAccountName: [uid], ...attributes } };
}

interface StoreOptions {
  readonly connection?: object;
  readonly clock?: Clock;
  readonly name?: "ldap" | "netiq";
}

function openStore(
  server: LdapServer,
  settings: object = {},
  { connection = {}, clock = new ManualClock(), name = "ldap" }: StoreOptions = {},
): IdentityStore {
  const section = ldapSection.parse({
    enabled: true,
    connection: {
      ...{ host: "127.0.0.1", port: server.port, baseDNs: ["dc=org"] },
      ...{ bindDn: LOGIN.dn, bindPassword: LOGIN.password, ...connection },
    },
    ...settings,
  });
  const [store] = openLdapStores(section, name, { domain: DOMAIN, clock, authorities: [] });
  assert.ok(store);
  return store;
}

testIdentityStore({
  name: "ldap",
  severalEntries: true,
  faults: ["down", "stall"],
  async open(people, clock) {
    const server = await startServer(people.map(({ localpart, addresses, displayName }: Person) => {
      const name = displayName === undefined ? {} : { displayName: [displayName] };
      return person(localpart, { mail: addresses, ...name });
    }));
    const store = openStore(server, {}, { clock });
    return {
      store,
      secrets: [LOGIN.password],
      down: () => server.down(),
      up: () => server.up(),
      stall: () => server.stall(),
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  },
});

const fails = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError);
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, message);
  assert.ok(!Deno.inspect(error).includes(LOGIN.password));
  return true;
};

Deno.test("ldap: an entry becomes a profile, whatever the case of its attributes", async () => {
  await using server = await startServer([person("bob", {
    DISPLAYNAME: ["Bob Builder"],
    otherMailbox: ["robert@example.com"],
    Mail: ["bob@example.org", new Uint8Array([0xff, 0xfe])],
    preferredLanguage: ["de_AT, en;q=0.5"],
  })]);
  await using store = openStore(server);
  assert.deepEqual(await store.findProfile(BOB), {
    id: "@bob:example.org",
    addresses: ["bob@example.org", "robert@example.com"],
    displayName: "Bob Builder",
    language: "de-AT",
    roles: [],
    state: "active",
  });
});

Deno.test("ldap: the search is below each base DN, by filter and user, with limits", async () => {
  await using server = await startServer([
    person("bob", { mail: ["one@example.org"], group: ["staff"] }, "ou=one,dc=org"),
    person("bob", { mail: ["two@example.org"], group: ["staff"] }, "ou=two,dc=org"),
    person("bob", { mail: ["no@example.org"] }, "ou=two,dc=org"),
    person("bob", { mail: ["three@example.org"], group: ["staff"] }, "ou=three,dc=org"),
  ]);
  await using store = openStore(server, { filter: "(group=staff)" }, {
    connection: { baseDNs: ["ou=two,dc=org", "ou=one,dc=org"], baseDn: "dc=org" },
  });
  const queries: string[] = [];
  const profile = await store.findProfile(userOf("bob"), {
    onQuery: (query) => queries.push(query),
  });
  assert.deepEqual(
    profile?.addresses,
    ["two@example.org", "one@example.org", "three@example.org"],
  );
  assert.equal(queries[0], "search below ou=two,dc=org for (&(group=staff)(sAMAccountName=bob))");
  assert.equal(queries.length, 3);
  assert.deepEqual(
    server.searches.map(({ scope, sizeLimit, timeLimit }) => [scope, sizeLimit, timeLimit]),
    Array.from({ length: 3 }, () => ["sub", 50, 10]),
  );
  assert.equal(server.binds.length, 1, "one connection does");
});

Deno.test("ldap: profile.filter stands in the place of filter", async () => {
  await using server = await startServer([person("bob", { kind: ["b"] })]);
  const found = async (settings: object) => {
    await using store = openStore(server, settings);
    return await store.findProfile(BOB) !== undefined;
  };
  assert.equal(await found({ filter: "(kind=a)", profile: { filter: "(kind=b)" } }), true);
  assert.equal(await found({ filter: "kind=b", profile: { filter: " " } }), true);
  assert.equal(await found({ filter: "(kind=a)" }), false);
});

Deno.test("ldap: people may be found by their whole Matrix ID", async () => {
  await using server = await startServer([person("@Bob:example.org")]);
  await using store = openStore(server, { attribute: { uid: { type: "mxid" } } });
  assert.equal((await store.findProfile(BOB))?.id, "@Bob:example.org");
  assert.equal(await store.findProfile(userOf("bobby")), undefined);
});

Deno.test("ldap: people of other homeservers are not looked for by their localpart", async () => {
  await using server = await startServer([person("bob")]);
  await using store = openStore(server);
  assert.equal(await store.findProfile("@bob:evil.example" as typeof BOB), undefined);
  assert.equal(server.searches.length, 0);
});

Deno.test("ldap: a name in other letters is the person's unless somebody has exactly that", async () => {
  await using server = await startServer([person("Bob", { mail: ["big@example.org"] })]);
  await using store = openStore(server);
  const profile = await store.findProfile(BOB);
  assert.deepEqual([profile?.id, profile?.addresses], ["@Bob:example.org", ["big@example.org"]]);
  server.entries.push(person("bob", { mail: ["small@example.org"] }));
  assert.deepEqual((await store.findProfile(BOB))?.addresses, ["small@example.org"]);
});

Deno.test("netiq: names are compared in lower case", async () => {
  await using server = await startServer([person("bOb")]);
  await using store = openStore(server, {}, { name: "netiq" });
  assert.equal(store.name, "netiq");
  assert.equal((await store.findProfile(userOf("BoB")))?.id, "@bOb:example.org");
});

Deno.test("ldap: without a name the login is anonymous", async () => {
  await using server = await startServer([person("bob")]);
  server.login = undefined;
  await using store = openStore(server, {}, { connection: { bindDn: "", bindPassword: "" } });
  assert.ok(await store.findProfile(BOB));
  assert.deepEqual(server.binds, [""]);
});

Deno.test("ldap: a connection that was lost is made and logged in to again", async () => {
  await using server = await startServer([person("bob")]);
  await using store = openStore(server);
  assert.ok(await store.findProfile(BOB));
  server.hangUp();
  assert.ok(await store.findProfile(BOB));
  server.results.push({ code: 0, breaksOff: true });
  assert.ok(await store.findProfile(BOB));
  assert.deepEqual(server.binds, [LOGIN.dn, LOGIN.dn, LOGIN.dn]);
});

Deno.test("ldap: a connection that was quiet for a minute is not trusted", async () => {
  await using server = await startServer([person("bob")]);
  const clock = new ManualClock();
  await using store = openStore(server, {}, { clock });
  await store.findProfile(BOB);
  clock.advance(59_999);
  await store.findProfile(BOB);
  assert.equal(server.binds.length, 1);
  clock.advance(60_000);
  await store.findProfile(BOB);
  assert.equal(server.binds.length, 2);
});

Deno.test("ldap: twenty lookups share four connections", async () => {
  await using server = await startServer([person("bob")]);
  await using store = openStore(server);
  await Promise.all(Array.from({ length: 20 }, () => store.findProfile(BOB)));
  assert.ok(server.binds.length <= 4 && server.connections <= 4);
});

Deno.test("ldap: another host is asked when one is down, and goes on being asked", async () => {
  await using one = await startServer([person("bob")]);
  await using two = await startServer([person("bob")]);
  await using store = openStore(one, {}, {
    connection: { host: ["127.0.0.1", `127.0.0.1:${two.port}`] },
  });
  await one.down();
  assert.ok(await store.findProfile(BOB));
  await one.up();
  two.hangUp();
  assert.ok(await store.findProfile(BOB));
  assert.deepEqual([one.binds.length, two.binds.length], [0, 2]);
  await two.down();
  assert.ok(await store.findProfile(BOB));
  await one.down();
  await assert.rejects(store.findProfile(BOB), fails("temporary", /ECONNREFUSED/));
});

Deno.test("ldap: another host is asked when one is busy, but not for a wrong password", async () => {
  await using one = await startServer([person("bob")]);
  await using two = await startServer([person("bob")]);
  const connection = { host: ["127.0.0.1", `127.0.0.1:${two.port}`] };
  await using store = openStore(one, {}, { connection });
  one.results.push({ code: 51 });
  assert.ok(await store.findProfile(BOB));
  assert.equal(two.searches.length, 1);
  await using wrong = openStore(one, {}, { connection: { ...connection, bindPassword: "wrong" } });
  await assert.rejects(wrong.findProfile(BOB), fails("misconfigured", /result code 49/));
  assert.equal(two.binds.length, 1);
});

Deno.test("ldap: a host that does not answer has its share of the time", async () => {
  await using one = await startServer([person("bob")]);
  await using two = await startServer([person("bob")]);
  const clock = new ManualClock();
  await using store = openStore(one, {}, {
    connection: { host: ["127.0.0.1", `127.0.0.1:${two.port}`] },
    clock,
  });
  const stalled = one.stall();
  const lookup = store.findProfile(BOB);
  await stalled.reached;
  clock.advance(5000);
  assert.ok(await lookup);
});

Deno.test("ldap: result codes say whose turn it is", async () => {
  await using server = await startServer([person("bob")]);
  await using store = openStore(server);
  const codes: readonly (readonly [number, string, RegExp])[] = [
    [1, "misconfigured", /refuses to search/],
    [3, "temporary", /took longer/],
    [8, "misconfigured", /connection\.tls/],
    [10, "misconfigured", /refers to another directory/],
    [32, "misconfigured", /base DN does not exist/],
    [50, "misconfigured", /may not search/],
    [51, "temporary", /busy/],
    [52, "temporary", /not available/],
    [80, "temporary", /result code 80/],
    [123, "misconfigured", /result code 123/],
  ];
  for (const [code, kind, message] of codes) {
    server.results.push({ code });
    await assert.rejects(store.findProfile(BOB), fails(kind, message));
  }
  assert.ok(await store.findProfile(BOB));
});

Deno.test("ldap: a filter that lets too many through is misconfigured", async () => {
  await using server = await startServer(Array.from({ length: 51 }, () => person("bob")));
  await using store = openStore(server);
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /filter narrower/));
});

Deno.test("ldap: a huge answer is broken off", async () => {
  const mail = Array.from({ length: 40_000 }, (_, n) => `someone.with.a.name${n}@example.org`);
  await using server = await startServer([person("bob", { mail })]);
  await using store = openStore(server);
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /larger than 1 MiB/));
});

Deno.test("ldap: an entry that hides its user attribute is misconfigured", async () => {
  await using server = await startServer([person("bob")]);
  server.hidden.add("samaccountname");
  await using store = openStore(server);
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /does not show its sAMA/));
});

Deno.test("ldap: what it refers to is told once, and never followed", async () => {
  await using server = await startServer([person("bob")]);
  server.references.push(
    "ldap://example.lan/CN=Configuration,DC=example,DC=lan",
    "ldap://DomainDnsZones.example.lan/DC=DomainDnsZones,DC=example,DC=lan",
    "ldap://child.example.lan/DC=child,DC=example,DC=lan",
  );
  await using store = openStore(server);
  await using logs = await collectLogs();
  await store.findProfile(BOB);
  await store.findProfile(BOB);
  assert.deepEqual(logs.at("warning"), [[
    "directory refers to another one, which is not asked",
    { store: "ldap", reference: server.references[2] },
  ]]);
});

Deno.test("ldap: each directory of a list is a store of its own", () => {
  const connection = { host: "localhost", baseDNs: ["dc=org"] };
  const section = ldapSection.parse({
    enabled: true,
    directories: [
      { connection: { ...connection, timeout: "3s" } },
      { enabled: false, connection },
      { connection },
    ],
  });
  const dependencies = { domain: DOMAIN, clock: new ManualClock(), authorities: [] };
  const stores = openLdapStores(section, "ldap", dependencies);
  assert.deepEqual(stores.map(({ name, deadline }) => [name, deadline]), [
    ["ldap[0]", 3000],
    ["ldap[2]", 10_000],
  ]);
});
