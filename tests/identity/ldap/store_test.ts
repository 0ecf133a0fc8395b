import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import { ldapSection } from "../../../src/identity/ldap/section.ts";
import { openLdapStores } from "../../../src/identity/ldap/store.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { BOB, fails, LOGIN, openStore, person, startServer } from "./open_ldap.ts";

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
    return fakeHarness(store, server, [LOGIN.password]);
  },
});

Deno.test("ldap: an entry becomes a profile, whatever the case of its attribute names", async () => {
  await using server = await startServer([person("bob", {
    DISPLAYNAME: ["Bob Builder"],
    otherMailbox: ["robert@example.com"],
    Mail: ["bob@example.org", new Uint8Array([0xff, 0xfe])],
    preferredLanguage: ["de_AT, en;q=0.5"],
  })]);
  await using store = openStore(server);
  assert.deepEqual(
    await store.findProfile(BOB),
    profileWith({
      id: "@bob:example.org",
      addresses: ["bob@example.org", "robert@example.com"],
      dropped: ['"\u{fffd}\u{fffd}"'],
      displayName: "Bob Builder",
      language: "de-AT",
      roles: [],
      state: "active",
    }),
  );
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

Deno.test("ldap: profile.filter replaces filter", async () => {
  await using server = await startServer([person("bob", { kind: ["b"] })]);
  const found = async (settings: object) => {
    await using store = openStore(server, settings);
    return await store.findProfile(BOB) !== undefined;
  };
  assert.equal(await found({ filter: "(kind=a)", profile: { filter: "(kind=b)" } }), true);
  assert.equal(await found({ filter: "kind=b", profile: { filter: " " } }), true);
  assert.equal(await found({ filter: "(kind=a)" }), false);
});

Deno.test("ldap: people can be found by their full Matrix ID", async () => {
  await using server = await startServer([person("@Bob:example.org")]);
  await using store = openStore(server, { attribute: { uid: { type: "mxid" } } });
  assert.equal((await store.findProfile(BOB))?.id, "@Bob:example.org");
  assert.equal(await store.findProfile(userOf("bobby")), undefined);
});

Deno.test("ldap: users of other homeservers are not looked up by their localpart", async () => {
  await using server = await startServer([person("bob")]);
  await using store = openStore(server);
  assert.equal(await store.findProfile("@bob:evil.example" as typeof BOB), undefined);
  assert.equal(server.searches.length, 0);
});

Deno.test("ldap: a name in another case matches unless there is an exact match", async () => {
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

Deno.test("ldap: without a bind DN the login is anonymous", async () => {
  await using server = await startServer([person("bob")]);
  server.login = undefined;
  await using store = openStore(server, {}, { connection: { bindDn: "", bindPassword: "" } });
  assert.ok(await store.findProfile(BOB));
  assert.deepEqual(server.binds, [""]);
});

Deno.test("ldap: an entry that hides its user attribute is misconfigured", async () => {
  await using server = await startServer([person("bob")]);
  server.hidden.add("samaccountname");
  await using store = openStore(server);
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /has no readable sAMA/));
});

Deno.test("ldap: a referral is logged once and never followed", async () => {
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
    "referral not followed",
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

const PRINCIPAL = { attribute: { uid: { value: "userPrincipalName" } } };

function principal(name: string): ReturnType<typeof person> {
  return person("-", { userPrincipalName: [name], mail: [`mail-${name}`] });
}

Deno.test("ldap: a template says what people are called in the directory", async () => {
  await using server = await startServer([
    principal("bob@ad.example.org"),
    principal("Carol@AD.example.org"),
    principal("eve@example.com"),
  ]);
  const cases: readonly (readonly [username: string, localpart: string, found?: string])[] = [
    ["{localpart}@ad.example.org", "bob", "mail-bob@ad.example.org"],
    ["{localpart}@ad.example.org", "carol", "mail-Carol@AD.example.org"],
    ["{localpart}@AD.EXAMPLE.ORG", "bob", "mail-bob@ad.example.org"],
    ["{localpart}@ad.example.org", "BOB"],
    ["{localpart}@ad.example.org", "mallory"],
    ["{localpart:decoded}", "eve=40example.com", "mail-eve@example.com"],
    ["{localpart:decoded}", "=65ve=40example.com"],
    ["{localpart}", "eve=40example.com"],
  ];
  for (const [username, localpart, address] of cases) {
    await using store = openStore(server, { ...PRINCIPAL, username });
    const profile = await store.findProfile(userOf(localpart));
    const expected = address === undefined ? undefined : [address];
    assert.deepEqual(profile?.addresses, expected, `${username} ${localpart}`);
    if (localpart === "bob") assert.equal(profile?.id, username.includes("AD") ? undefined : BOB);
  }
});

Deno.test("ldap: ma1sd's names of Active Directory have a default domain, or one of their own", async () => {
  await using server = await startServer([
    principal("bob@ad.example.org"),
    principal("bob@sub.example.org"),
  ]);
  const found = async (localpart: string, defaultDomain?: string) => {
    const settings = { ...PRINCIPAL, activeDirectory: true, defaultDomain };
    await using store = openStore(server, settings);
    return (await store.findProfile(userOf(localpart)))?.addresses;
  };
  assert.deepEqual(await found("bob", "ad.example.org"), ["mail-bob@ad.example.org"]);
  assert.deepEqual(await found("bob/sub.example.org", "ad.example.org"), [
    "mail-bob@sub.example.org",
  ]);
  assert.deepEqual(await found("bob/sub.example.org"), ["mail-bob@sub.example.org"]);
  for (const localpart of ["bob", "/sub.example.org", "bob/", "bob/sub.example.org/x"]) {
    assert.equal(await found(localpart), undefined, localpart);
  }
});

Deno.test("ldap: users of other homeservers are looked up only by a template that names theirs", async () => {
  await using server = await startServer([principal("bob@elsewhere.example")]);
  const stranger = "@bob:elsewhere.example" as UserId;
  for (
    const [username, found] of [["{localpart}@elsewhere.example", false], [
      "{localpart}@{domain}",
      true,
    ]]
  ) {
    await using store = openStore(server, { ...PRINCIPAL, username });
    assert.equal(await store.findProfile(stranger) !== undefined, found, `${username}`);
  }
});
