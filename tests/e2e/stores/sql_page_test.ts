import assert from "node:assert/strict";
import { openPage } from "../../config/pages/page.ts";
import { sqlPage } from "../../config/pages/sql_page.ts";
import { userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { startMariadb } from "../servers/mariadb.ts";
import { startPostgresql } from "../servers/postgresql.ts";
import { SECRET_PASSWORD } from "./sql_people.ts";

const BOB = userOf("bob");
const TABLES = [
  "CREATE TABLE people(id VARCHAR(255), login VARCHAR(255), name VARCHAR(255), mail VARCHAR(255), " +
  "department VARCHAR(255))",
  `INSERT INTO people VALUES ('${BOB}', 'bob', 'Bob', 'bob@example.org', 'staff')`,
  "CREATE TABLE user_threepids(user_id VARCHAR(255), medium VARCHAR(255), address VARCHAR(255))",
  `INSERT INTO user_threepids VALUES ('${BOB}', 'email', 'b@example.org')`,
];

/** What the page shows, then the little that suffices, find Bob there and nobody else. */
async function checkPage(type: string, port: number): Promise<void> {
  const login = `user=mxisd&password=${encodeURIComponent(SECRET_PASSWORD)}`;
  const connection = `//127.0.0.1:${port}/people?${login}`;
  await using page = await openPage(sqlPage(type, connection));
  assert.equal(page.ignored, "sql.directory, sql.identity");
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(
    await page.people.findProfile(BOB),
    profileWith({
      addresses: ["bob@example.org"],
      displayName: "Bob",
      roles: ["staff"],
      state: "active",
    }),
  );
  assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
  const little = `sql:\n  enabled: true\n  type: '${type}'\n  connection: ${connection}\n`;
  await using basic = await openPage(little);
  assert.deepEqual((await basic.people.findProfile(BOB))?.addresses, ["b@example.org"]);
}

Deno.test("mxisd's page on SQL: everything that it shows, on PostgreSQL", async () => {
  await using server = await startPostgresql();
  await server.run("postgres", "CREATE DATABASE people");
  await server.run(
    "people",
    ...TABLES,
    `CREATE ROLE mxisd LOGIN PASSWORD '${SECRET_PASSWORD}'`,
    "GRANT SELECT ON people, user_threepids TO mxisd",
  );
  await checkPage("postgresql", server.port);
});

Deno.test("mxisd's page on SQL: everything that it shows, on MariaDB by both names", async () => {
  await using server = await startMariadb();
  await server.run(
    "CREATE DATABASE people",
    ...TABLES.map((sql) => sql.replace(/(TABLE|INTO) (\w+)/, "$1 people.$2")),
    `CREATE USER mxisd IDENTIFIED BY '${SECRET_PASSWORD}'`,
    "GRANT SELECT ON people.* TO mxisd",
  );
  for (const type of ["mariadb", "mysql"]) await checkPage(type, server.port);
});
