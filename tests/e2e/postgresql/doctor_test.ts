import assert from "node:assert/strict";
import type { ServerAddress } from "../../../src/database/server_address.ts";
import { checkServer } from "../../../src/doctor/database_server.ts";
import type { Check } from "../../../src/doctor/finding.ts";
import { inspectServer } from "../../../src/outbox/postgresql/inspect.ts";
import { migrationScript } from "../../../src/outbox/postgresql/migrations.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { addressOf, newSchema, openIn } from "./subject.ts";

let server: Postgresql;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true });
});
Deno.test.afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** A role that has no rights yet. */
async function newRole(options = "") {
  const schema = newSchema();
  const user = `${schema}_user`;
  await server.run("postgres", `CREATE ROLE ${user} LOGIN PASSWORD 'least' ${options}`);
  const address = { ...addressOf(server, server.port), user, password: new Secret("least") };
  return { schema, user, address };
}

async function examine(schema: string, address: ServerAddress): Promise<Map<string, Check>> {
  const options = { address, schema, clock: systemClock, authorities: [] };
  await using opened = new AsyncDisposableStack();
  const checks = await checkServer({
    name: `the schema ${schema}`,
    inspect: () => inspectServer(options),
    open: () => openIn({ ...options, owner: false }),
    onOpened: (outbox) => void opened.use(outbox),
  });
  return new Map(checks.map((check) => [check.check, check]));
}

function results(checks: ReadonlyMap<string, Check>): Record<string, string> {
  return Object.fromEntries([...checks].map(([name, { result }]) => [name, result]));
}

const ALL_OK = { server: "ok", durability: "ok", rights: "ok", connections: "ok", tables: "ok" };

Deno.test("the doctor finds a PostgreSQL with the documented rights in order, and each right that is missing", async () => {
  const { schema, user, address } = await newRole();
  const before = await examine(schema, address);
  assert.deepEqual(results(before), { ...ALL_OK, tables: "error" });
  assert.match(before.get("tables")?.remedy ?? "", /storage migrations --sql/);
  // As docs/postgresql.md says.
  await server.run(
    "postgres",
    migrationScript(schema),
    `GRANT USAGE ON SCHEMA ${schema} TO ${user}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${user}`,
  );
  {
    // The service starts with them.
    await using _service = await openIn({ address, schema, clock: systemClock });
    assert.deepEqual(results(await examine(schema, address)), ALL_OK);
  }
  await server.run("postgres", `REVOKE UPDATE, DELETE ON ${schema}.mails FROM ${user}`);
  const { result, seen } = (await examine(schema, address)).get("rights") ?? {};
  assert.equal(result, "error");
  assert.equal(seen, `the user ${user} may not: DELETE mails, UPDATE mails`);
});

Deno.test("the doctor says that the service makes the tables where it may, and names newer ones", async () => {
  const schema = newSchema();
  const address = addressOf(server, server.port);
  assert.deepEqual(results(await examine(schema, address)), { ...ALL_OK, tables: "skipped" });
  await (await openIn({ address, schema, clock: systemClock }))[Symbol.asyncDispose]();
  await server.run("postgres", `INSERT INTO ${schema}.migrations (number) VALUES (99)`);
  const tables = (await examine(schema, address)).get("tables");
  assert.equal(tables?.result, "error");
  assert.match(tables?.seen ?? "", /has version 99, but this program knows versions up to/);
});

Deno.test("the doctor warns of commits that are not on disk, of read-only sessions and of few connections", async () => {
  const { schema, user, address } = await newRole("CONNECTION LIMIT 3");
  await server.run(
    "postgres",
    `CREATE SCHEMA ${schema} AUTHORIZATION ${user}`,
    `ALTER ROLE ${user} SET synchronous_commit = off`,
    `ALTER ROLE ${user} SET default_transaction_read_only = on`,
  );
  const checks = await examine(schema, address);
  const found = { server: "error", durability: "warning", connections: "warning" };
  assert.deepEqual(results(checks), { ...ALL_OK, ...found, tables: "skipped" });
  assert.match(
    checks.get("connections")?.seen ?? "",
    /may open 3 more connections; a service needs 7$/,
  );
  assert.match(checks.get("server")?.seen ?? "", /^PostgreSQL 15\.\d+ .* is read-only/);
});

Deno.test("the doctor says why a PostgreSQL cannot be reached or logged in to", async () => {
  const address = addressOf(server, server.port);
  const wrong = { ...address, password: new Secret("wrong") };
  const { result, seen } = (await examine("mxisd", wrong)).get("server") ?? {};
  assert.deepEqual([result, /28P01/.test(seen ?? "")], ["error", true]);
  const gone = { ...address, endpoints: [{ host: "127.0.0.1", port: 1 }] };
  assert.deepEqual(results(await examine("mxisd", gone)), { server: "error" });
});
