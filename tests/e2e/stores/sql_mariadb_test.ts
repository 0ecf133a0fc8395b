import assert from "node:assert/strict";
import { type Person, userOf } from "../../contracts/identity_store.ts";
import { CA, UNRELATED_CA } from "../../fakes/net/certificates.ts";
import { type Mariadb, startMariadb } from "../servers/mariadb.ts";
import type { Statement } from "../servers/postgresql.ts";
import { fails, SECRET_PASSWORD, testDatabase } from "./sql_people.ts";

let server: Mariadb;

Deno.test.beforeAll(async () => {
  server = await startMariadb();
  await server.run(
    "CREATE DATABASE people CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    `CREATE USER mxisd IDENTIFIED BY '${SECRET_PASSWORD}'`,
    `CREATE TABLE people.people(entry INT AUTO_INCREMENT PRIMARY KEY, id VARCHAR(255), name TEXT,
      secret TEXT)`,
    `CREATE TABLE people.user_threepids(entry INT AUTO_INCREMENT PRIMARY KEY, user_id VARCHAR(255),
      medium TEXT, address TEXT)`,
    "GRANT SELECT(entry, id, name) ON people.people TO mxisd",
    "GRANT SELECT, DELETE ON people.user_threepids TO mxisd",
  );
});

Deno.test.afterAll(async () => await server[Symbol.asyncDispose]());

async function fill(people: readonly Person[]): Promise<void> {
  const statements: Statement[] = ["TRUNCATE people.people", "TRUNCATE people.user_threepids"];
  for (const { localpart, displayName = null, addresses } of people) {
    const id = userOf(localpart);
    statements.push(["INSERT INTO people.people(id, name) VALUES (?, ?)", id, displayName]);
    for (const address of addresses) {
      const sql =
        "INSERT INTO people.user_threepids(user_id, medium, address) VALUES (?, 'email', ?)";
      statements.push([sql, id, address]);
    }
  }
  await server.run(...statements);
}

const BOB = userOf("bob");
const UNVERIFIED =
  /localhost:\d+: the certificate is issued by "Test CA", which is not trusted here/;

const { test, open } = testDatabase({
  name: "sql, a real MariaDB",
  type: "mariadb",
  server: () => server,
  fill,
  // Resolving a name cannot be aborted.
  contractOptions: { host: "127.0.0.1", parameters: "sslMode=verify-ca" },
  tls: {
    verified: "sslMode=verify-full",
    modes: [
      ["useSSL=false", CA],
      ["", UNRELATED_CA],
      ["sslMode=trust", UNRELATED_CA],
      ["useSSL=true&trustServerCertificate=true", UNRELATED_CA],
      ["useSSL=true", CA],
      ["sslMode=VERIFY_IDENTITY", CA],
      ["sslMode=verify-ca", UNRELATED_CA, UNVERIFIED],
      ["useSSL=true", UNRELATED_CA, UNVERIFIED],
    ],
    optional: "",
  },
});

test("a wrong password and a missing permission are reported, without a secret", async () => {
  await using stranger = open({ password: "hunter2" });
  const refused = fails("misconfigured", /Access denied for user 'mxisd'/);
  await assert.rejects(stranger.findProfile(BOB), refused);
  const cases: [string, RegExp][] = [
    ["SELECT secret FROM people WHERE id = ?", /SELECT command denied to user/],
    ["SELECT name FROM mysql.user WHERE user = ?", /SELECT command denied to user/],
    ["SELECT nick FROM user_threepids WHERE user_id = ?", /Unknown column 'nick'/],
    ["SELECT name FORM people WHERE id = ?", /error in your SQL syntax/],
    ["DELETE FROM user_threepids WHERE user_id = ? RETURNING address", /READ ONLY transaction/],
  ];
  for (const [query, message] of cases) {
    await using store = open({ profile: { displayName: { query } } });
    await assert.rejects(store.findProfile(BOB), fails("misconfigured", message), query);
  }
  await using store = open();
  assert.deepEqual((await store.findProfile(BOB))?.addresses, ["bob@example.org"]);
});

test("a query that takes too long is ended by the server", async () => {
  const query = "SELECT SLEEP(60), name FROM people WHERE id = ?";
  await using store = open({ profile: { displayName: { query } }, timeout: 100 });
  await assert.rejects(store.findProfile(BOB), fails("temporary", /refuses a query/));
});

test("a query that returns everybody is refused", async () => {
  const query = "SELECT 'email' AS medium, CONCAT(one.id, '@example.org') AS address " +
    "FROM information_schema.collations one, information_schema.collations WHERE ? <> ''";
  await using store = open({ profile: { threepid: { query } } });
  await assert.rejects(store.findProfile(BOB), fails("misconfigured", /more than 1000 rows/));
});

test("the quotes and comments of MariaDB are parsed, bytes and numbers are read as text", async () => {
  const query = `SELECT CAST(CONCAT('\\'?', "?", name) AS BINARY) AS \`na?me\` # why?
    FROM people WHERE id = ? /* ? */ -- ?`;
  const role = { query: "SELECT 9007199254740993 FROM people WHERE id = ?" };
  await using store = open({ profile: { displayName: { query }, role } });
  const profile = await store.findProfile(BOB);
  assert.equal(profile?.displayName, "'??Bob");
  assert.deepEqual(profile?.roles, ["9007199254740993"]);
});
