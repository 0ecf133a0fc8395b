import assert from "node:assert/strict";
import { type Person, userOf } from "../../contracts/identity_store.ts";
import { CA, UNRELATED_CA } from "../../fakes/net/certificates.ts";
import { type Postgresql, startPostgresql, type Statement } from "../servers/postgresql.ts";
import { fails, SECRET_PASSWORD, testDatabase } from "./sql_people.ts";

let server: Postgresql;

Deno.test.beforeAll(async () => {
  server = await startPostgresql();
  await server.run("postgres", "CREATE DATABASE people");
  await server.run(
    "people",
    `CREATE ROLE mxisd LOGIN PASSWORD '${SECRET_PASSWORD}'`,
    "CREATE TABLE people(entry SERIAL, id TEXT, name TEXT, language TEXT, secret TEXT)",
    "CREATE TABLE user_threepids(entry SERIAL, user_id TEXT, medium TEXT, address TEXT)",
    "CREATE SCHEMA other CREATE TABLE user_threepids(entry INT, user_id TEXT, medium TEXT, address TEXT)",
    "GRANT SELECT(entry, id, name, language) ON people TO mxisd",
    "GRANT SELECT ON user_threepids, other.user_threepids TO mxisd",
    "GRANT USAGE ON SCHEMA other TO mxisd",
  );
});

Deno.test.afterAll(async () => await server[Symbol.asyncDispose]());

async function fill(people: readonly Person[]): Promise<void> {
  const statements: Statement[] = ["TRUNCATE people, user_threepids"];
  for (const { localpart, displayName = null, addresses } of people) {
    const id = userOf(localpart);
    statements.push(["INSERT INTO people(id, name) VALUES ($1, $2)", id, displayName]);
    for (const address of addresses) {
      const sql = "INSERT INTO user_threepids(user_id, medium, address) VALUES ($1, 'email', $2)";
      statements.push([sql, id, address]);
    }
  }
  await server.run("people", ...statements);
}

const BOB = userOf("bob");
const UNVERIFIED =
  /localhost:\d+: the certificate is issued by "Test CA", which is not trusted here/;

const { test, open } = testDatabase({
  name: "sql, a real PostgreSQL",
  type: "postgresql",
  server: () => server,
  fill,
  cannotHold: ["bob\0"],
  tls: {
    verified: "sslmode=verify-full",
    modes: [
      ["sslmode=disable", CA],
      ["sslmode=prefer", UNRELATED_CA],
      ["sslmode=require", UNRELATED_CA],
      ["ssl=true", CA],
      ["sslmode=verify-ca", UNRELATED_CA, UNVERIFIED],
      ["sslmode=verify-full", UNRELATED_CA, UNVERIFIED],
    ],
    optional: "sslmode=prefer",
  },
});

test("a wrong password and a missing permission are reported, without a secret", async () => {
  await using stranger = open({ password: "hunter2" });
  const refused = fails("misconfigured", /password authentication failed for user "mxisd"/);
  await assert.rejects(stranger.findProfile(BOB), refused);
  const cases: [string, RegExp][] = [
    ["SELECT secret FROM people WHERE id = ?", /permission denied for table people/],
    ["SELECT name FROM persons WHERE id = ?", /relation "persons" does not exist/],
    ["SELECT name FROM people WHERE entry = ?", /operator does not exist/],
    ["SELECT 1/0 FROM people WHERE id = ?", /refuses a query \(22012\)$/],
  ];
  for (const [query, message] of cases) {
    await using store = open({ profile: { displayName: { query } } });
    await assert.rejects(store.findProfile(BOB), fails("misconfigured", message), query);
  }
});

const SUPERUSER = { user: "postgres", password: "superuser" };

test("nothing can be written, whatever the permissions are", async () => {
  const query = "DELETE FROM people WHERE id = ? RETURNING name";
  await using store = open({ ...SUPERUSER, profile: { displayName: { query } } });
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /read-only transaction/));
});

test("a query that takes too long is ended by the server", async () => {
  const query = "SELECT pg_sleep(60), name FROM people WHERE id = ?";
  await using store = open({ ...SUPERUSER, profile: { displayName: { query } }, timeout: 100 });
  await assert.rejects(store.findProfile(BOB), fails("temporary", /statement timeout/));
});

test("a query that returns everybody is refused", async () => {
  // It never ends by itself.
  const query = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT 'email' AS medium, i || '@example.org' AS address FROM n WHERE ? <> ''`;
  await using store = open({ profile: { threepid: { query } } });
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /more than 1000 rows/));
});

test("the schema, the operator ? and the quotes of PostgreSQL are parsed", async () => {
  await server.run(
    "people",
    "TRUNCATE other.user_threepids",
    `INSERT INTO other.user_threepids VALUES (1, '${BOB}', 'email', 'other@example.org')`,
  );
  const query = `SELECT 'Bob?' || $x$ ?'$x$ FROM people -- why?
    WHERE '{"a": 1}'::jsonb ?? 'a' AND E'\\'?' <> '' AND id = ? /* ? /* ? */ ? */`;
  await using store = open({
    parameters: "sslmode=require&currentSchema=other,public",
    profile: { displayName: { query } },
  });
  const profile = await store.findProfile(BOB);
  assert.equal(profile?.displayName, "Bob? ?'");
  assert.deepEqual(profile?.addresses, ["other@example.org"]);
});
