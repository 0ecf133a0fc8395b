import assert from "node:assert/strict";
import { StoreError } from "../../../src/identity/port.ts";
import { userOf } from "../../contracts/identity_store.ts";
import { BY_AUTHORITY } from "../../fakes/net/faulty_certificates.ts";
import { startTlsFront } from "../../fakes/net/tls_front.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { BOB, LOGIN, openStore, person, startServer } from "./open_ldap.ts";

async function complaint(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (error) => error);
  assert.ok(error instanceof StoreError);
  assert.ok(!Deno.inspect(error).includes(LOGIN.password));
  return `${error.kind}: ${error.message}`;
}

Deno.test("ldap: an attribute that nobody has is told by the check, with the one they have", async () => {
  await using server = await startServer([person("bob", { objectClass: ["person"] })]);
  await using store = openStore(server, { attribute: { uid: { type: "uid", value: "uid" } } });
  assert.equal(await store.findProfile(BOB), undefined);
  assert.equal(
    await complaint(store.check()),
    "misconfigured: ldap: no entry below dc=org has the attribute uid: set attribute.uid.value to " +
      "the one with the localpart, such as sAMAccountName",
  );
});

Deno.test("ldap: a directory without people passes the check, whatever the attribute", async () => {
  await using server = await startServer([]);
  await using store = openStore(server, { attribute: { uid: { type: "uid", value: "uid" } } });
  await store.check();
});

Deno.test("ldap: where and for what was searched is logged once, with the filter escaped", async () => {
  await using logs = await collectLogs();
  await using server = await startServer([person("bob")]);
  await using store = openStore(server, { filter: "(group=staff)" });
  for (const localpart of ["*)(uid=*", "alice"]) await store.findProfile(userOf(localpart));
  const told = logs.records.filter(({ rawMessage }) => rawMessage === "directory has no such user");
  assert.deepEqual(told.map(({ properties }) => properties), [{
    store: "ldap",
    search: "below dc=org for (&(group=staff)(sAMAccountName=\\2a\\29\\28uid=\\2a))",
    attribute: "sAMAccountName",
    advice: "check connection.baseDNs, attribute.uid.value and filter if they should be there",
  }]);
});

Deno.test("ldap: a wrong password and a wrong base DN are told with host, port and keys", async () => {
  await using server = await startServer([person("bob")]);
  const where = `misconfigured: ldap: 127.0.0.1:${server.port}`;
  await using wrong = openStore(server, {}, { connection: { bindPassword: "wrong" } });
  assert.equal(
    await complaint(wrong.findProfile(BOB)),
    `${where}: the bind DN or its password is not accepted: correct connection.bindDn and ` +
      "connection.bindPassword (result code 49)",
  );
  await using store = openStore(server);
  server.results.push({ code: 32 });
  assert.equal(
    await complaint(store.findProfile(BOB)),
    `${where}: search below "dc=org": the base DN does not exist or is not visible to this login: ` +
      "correct connection.baseDNs (result code 32)",
  );
});

Deno.test("ldap: LDAPS to a port that speaks LDAP is told, with the keys", async () => {
  await using server = await startServer([person("bob")]);
  await using store = openStore(server, {}, { connection: { tls: true } });
  assert.equal(
    await complaint(store.findProfile(BOB)),
    `misconfigured: ldap: 127.0.0.1:${server.port}: this port does not speak TLS: set connection.tls ` +
      "to starttls, or connection.port to that of LDAPS, usually 636",
  );
});

Deno.test("ldap: LDAP to a port that speaks LDAPS is told, with the key", async () => {
  await using server = await startServer();
  await using ldaps = await startTlsFront(BY_AUTHORITY);
  for (const tls of [false, "starttls"]) {
    await using store = openStore(server, {}, { connection: { port: ldaps.port, tls } });
    assert.equal(
      await complaint(store.findProfile(BOB)),
      `misconfigured: ldap: 127.0.0.1:${ldaps.port} speaks TLS, and was sent LDAP without TLS: set ` +
        "connection.tls to true",
    );
  }
});
