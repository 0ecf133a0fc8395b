import assert from "node:assert/strict";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { BOB, fails, LOGIN, openStore, person, startServer } from "./open_ldap.ts";

Deno.test("ldap: a lost connection is replaced by one with a login of its own", async () => {
  await using server = await startServer([person("bob")]);
  await using store = openStore(server);
  assert.ok(await store.findProfile(BOB));
  server.hangUp();
  assert.ok(await store.findProfile(BOB));
  server.results.push({ code: 0, breaksOff: true });
  assert.ok(await store.findProfile(BOB));
  assert.deepEqual(server.binds, [LOGIN.dn, LOGIN.dn, LOGIN.dn]);
});

Deno.test("ldap: a connection that was idle for a minute is not used again", async () => {
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

Deno.test("ldap: when a host is down another one is used, and stays in use", async () => {
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

Deno.test("ldap: when a host is busy another one is used, but not for a wrong password", async () => {
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

Deno.test("ldap: a host that does not answer uses up only its share of the timeout", async () => {
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

Deno.test("ldap: result codes say whether a retry can help", async () => {
  await using server = await startServer([person("bob")]);
  await using store = openStore(server);
  const codes: readonly (readonly [number, string, RegExp])[] = [
    [1, "misconfigured", /refuses to search/],
    [3, "temporary", /took longer/],
    [8, "misconfigured", /connection\.tls/],
    [10, "misconfigured", /refers to another directory/],
    [32, "misconfigured", /base DN does not exist/],
    [50, "misconfigured", /not allowed to search/],
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

Deno.test("ldap: a filter that matches too many entries is misconfigured", async () => {
  await using server = await startServer(Array.from({ length: 51 }, () => person("bob")));
  await using store = openStore(server);
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /filter narrower/));
});

Deno.test("ldap: a huge response is cut off", async () => {
  const mail = Array.from({ length: 40_000 }, (_, n) => `someone.with.a.name${n}@example.org`);
  await using server = await startServer([person("bob", { mail })]);
  await using store = openStore(server);
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /larger than 1 MiB/));
});
