import assert from "node:assert/strict";
import { openPage } from "../../config/pages/page.ts";
import { DOMAIN, userOf } from "../../contracts/identity_store.ts";
import { startPostgresql } from "../servers/postgresql.ts";
import { startSynapse, type Synapse, type SynapseOptions } from "../servers/synapse.ts";
import { registerAdmin } from "../servers/synapse_accounts.ts";
import { administer } from "./synapse_admin.ts";

/** A Synapse where Bob has an address. */
async function startWithBob(options: Partial<SynapseOptions> = {}): Promise<Synapse> {
  const synapse = await startSynapse({ domain: DOMAIN, registrations: [], ...options });
  await synapse.register("bob");
  return synapse;
}

const THREEPIDS = [{ medium: "email", address: "bob@example.org" }];

async function checkPage(type: string, connection: string): Promise<void> {
  await using page = await openPage(`synapseSql:
  enabled: true
  type: '${type}'
  connection: ${connection}
`);
  assert.deepEqual(page.stores, ["synapseSql"]);
  assert.deepEqual([page.ignored, ...page.warnings], [""]);
  const bob = await page.people.findProfile(userOf("bob"));
  assert.deepEqual(bob?.addresses, ["bob@example.org"]);
  assert.equal(bob.displayName, "Bob");
  assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
  // As the page says, the queries may be customised as those of the SQL store.
  await using custom = await openPage(`synapseSql:
  enabled: true
  type: '${type}'
  connection: ${connection}
  directory:
    enabled: true
  identity:
    enabled: true
  profile:
    enabled: true
    displayName:
      query: "SELECT 'Robert' FROM users WHERE name = ?"
    threepid:
      query: "SELECT medium, address FROM user_threepids WHERE user_id = ?"
    role:
      type: 'mxid'
      query: "SELECT 'staff' FROM users WHERE name = ?"
`);
  const robert = await custom.people.findProfile(userOf("bob"));
  assert.deepEqual(robert?.addresses, ["bob@example.org"]);
  assert.equal(robert.displayName, "Robert");
  assert.deepEqual(robert.roles, ["staff"]);
  assert.equal(custom.ignored, "synapseSql.directory, synapseSql.identity");
}

Deno.test("mxisd's page on Synapse: its keys find people in SQLite", async () => {
  await using synapse = await startWithBob();
  const admin = await registerAdmin(synapse);
  await administer(admin, "bob", { displayname: "Bob", threepids: THREEPIDS });
  await checkPage("sqlite", synapse.database);
});

Deno.test("mxisd's page on Synapse: its keys find people in PostgreSQL", async () => {
  await using server = await startPostgresql();
  await server.run("postgres", "CREATE DATABASE synapse TEMPLATE template0");
  const { user, password } = server.superuser;
  const place = { host: "127.0.0.1", port: server.port, dbname: "synapse" };
  await using synapse = await startWithBob({ postgresql: { ...place, user, password } });
  const admin = await synapse.register("admin");
  await server.run("synapse", "UPDATE users SET admin = 1 WHERE name LIKE '@admin:%'");
  await administer(admin, "bob", { displayname: "Bob", threepids: THREEPIDS });
  await checkPage(
    "postgresql",
    `//127.0.0.1:${server.port}/synapse?user=${user}&password=${password}`,
  );
});
