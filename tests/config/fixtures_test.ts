import assert from "node:assert/strict";
import { formatProblem } from "../../src/config/source/problem.ts";
import { load } from "./configuration.ts";

const SYNAPSE = "/var/lib/matrix-synapse/homeserver.db";
const machine = { databases: { [SYNAPSE]: ["events"] } };

function fixture(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`fixtures/${name}`, import.meta.url));
}

Deno.test("the example of mxisd 1.2's documentation works unchanged", async () => {
  const result = await load(await fixture("mxisd-1.2.yaml"), {
    databases: { ...machine.databases, "/var/lib/mxisd/mxisd.db": ["as_txn", "invite_3pid"] },
  });
  assert.deepEqual(result.problems.map(formatProblem), [
    "mxisd.yaml:1:1: notice: server.publicUrl: is not set, so that emails have no link to stop " +
    "them: publish the pages below /stop/ as docs/stopping.md shows, and write their URL here",
    "mxisd.yaml:8:7: warning: matrix.listener.token.hs: this is a published example: " +
    "generate a secret of your own",
    "mxisd.yaml:10:1: notice: these keys belong to other features of mxisd and are ignored: " +
    "key, threepid.medium.msisdn, threepid.medium.email.generators.template.invite",
    'mxisd.yaml:16:7: notice: storage.provider.sqlite.database: "/var/lib/mxisd/mxisd.db" is ' +
    'mxisd\'s database and is left unchanged: "/var/lib/mxisd/appservice-mxisd.db" is used instead',
  ]);
  assert.ok(result.kind === "loaded");
  const { appsvc, storage, threepid, synapseSql } = result.settings;
  assert.equal(appsvc.endpoint.toHS.url, "http://localhost:8008");
  assert.equal(appsvc.endpoint.toHS.token, undefined);
  assert.equal(appsvc.endpoint.toAS.token.reveal(), "HS_TOKEN_CHANGE_ME");
  assert.equal(appsvc.user.main, "appservice-mxisd");
  assert.equal(appsvc.enabled, true);
  assert.equal(storage.provider.sqlite.database, "/var/lib/mxisd/appservice-mxisd.db");
  assert.equal(threepid.medium.email.generators.template.generic.matrixId, undefined);
  assert.equal(synapseSql.connection?.reveal(), SYNAPSE);
  assert.deepEqual(result.storesInOrder, ["rest"]);
});

Deno.test("the example of mxisd 1.4's documentation works unchanged", async () => {
  const result = await load(await fixture("mxisd-1.4.yaml"), machine);
  assert.deepEqual(result.problems.map(({ severity, key }) => `${severity} ${key}`), [
    "notice server.publicUrl",
    "notice ",
    "warning appsvc.endpoint.toHS.token",
    "warning appsvc.endpoint.toAS.token",
    "notice appsvc.feature.admin.allowedRoles",
  ]);
  assert.ok(result.kind === "loaded");
  const { appsvc, server, threepid } = result.settings;
  assert.equal(appsvc.endpoint.toHS.token?.reveal(), "ExampleTokenToHS-ChangeMe!");
  assert.equal(appsvc.user.main, "mxisd");
  assert.equal(server.host, "127.0.0.1");
  const { placeholder } = threepid.medium.email.generators.template;
  assert.equal(placeholder.REGISTER_URL, "https://matrix-client.example.org");
  assert.deepEqual(result.storesInOrder, ["synapseSql"]);
});
