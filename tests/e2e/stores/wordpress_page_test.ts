import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openPage } from "../../config/pages/page.ts";
import { userOf } from "../../contracts/identity_store.ts";
import { startMariadb } from "../servers/mariadb.ts";
import { startPostgresql } from "../servers/postgresql.ts";
import { addWordpressUsers } from "../servers/wordpress.ts";
import { tempFolder } from "../temp_folder.ts";
import { SECRET_PASSWORD } from "./sql_people.ts";

/** The section as the page has it finds Bob, whose login name has a capital, and nobody else. */
async function checkPage(sql: string): Promise<void> {
  await using page = await openPage(`wordpress:
  enabled: true
  rest:
    base: 'http://127.0.0.1:8080'
  sql:
${sql}`);
  assert.deepEqual(page.stores, ["wordpress"]);
  assert.deepEqual([page.ignored, ...page.warnings], [""]);
  for (const localpart of ["bob", "Bob"]) {
    const bob = await page.people.findProfile(userOf(localpart));
    assert.deepEqual(bob?.addresses, ["bob@example.org"]);
    assert.equal(bob.displayName, "Bob Builder");
  }
  for (const localpart of ["BOB", "bób", "mallory"]) {
    assert.equal(await page.people.findProfile(userOf(localpart)), undefined);
  }
}

const login = `user=mxisd&password=${encodeURIComponent(SECRET_PASSWORD)}`;
const BOB = {
  user_login: "Bob",
  user_email: "bob@example.org",
  display_name: "Bob Builder",
};

Deno.test("mxisd's page on WordPress: its keys find people in a real one", async () => {
  await using server = await startMariadb();
  await server.run(
    "CREATE DATABASE wordpress",
    `CREATE USER mxisd IDENTIFIED BY '${SECRET_PASSWORD}'`,
    "GRANT SELECT ON wordpress.* TO mxisd",
  );
  const connection = `    connection: '//127.0.0.1:${server.port}/wordpress?${login}'\n`;
  await addWordpressUsers(server, { database: "wordpress", prefix: "wp_" }, [BOB]);
  await checkPage(connection);
  for (const type of ["mysql", "mariadb"]) await checkPage(`    type: ${type}\n${connection}`);
});

Deno.test("mxisd's page on WordPress: another prefix of the tables", async () => {
  await using server = await startMariadb();
  await server.run(
    "CREATE DATABASE wordpress",
    `CREATE USER mxisd IDENTIFIED BY '${SECRET_PASSWORD}'`,
    "GRANT SELECT ON wordpress.* TO mxisd",
  );
  await addWordpressUsers(server, { database: "wordpress", prefix: "blog_" }, [BOB]);
  await checkPage(`    connection: '//127.0.0.1:${server.port}/wordpress?${login}'
    tablePrefix: 'blog_'
`);
});

// As the plugins make the table: ID keeps its capitals, the other names have none.
const columns = "user_login text, user_email text, display_name text";
const row = `'${BOB.user_login}', '${BOB.user_email}', '${BOB.display_name}'`;

Deno.test("mxisd's page on WordPress: the tables of its plugin for PostgreSQL", async () => {
  await using server = await startPostgresql();
  await server.run("postgres", "CREATE DATABASE wordpress");
  await server.run(
    "wordpress",
    `CREATE TABLE WP_users("ID" bigserial, ${columns})`,
    `INSERT INTO WP_users VALUES (1, ${row})`,
    `CREATE ROLE mxisd LOGIN PASSWORD '${SECRET_PASSWORD}'`,
    "GRANT SELECT ON wp_users TO mxisd",
  );
  await checkPage(`    type: postgresql
    connection: '//127.0.0.1:${server.port}/wordpress?${login}'
    tablePrefix: WP_
`);
});

Deno.test("mxisd's page on WordPress: the file of its plugin for SQLite", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/.ht.sqlite`;
  using database = new DatabaseSync(file);
  database.exec(`CREATE TABLE "wp_users"("ID" integer PRIMARY KEY, ${columns});
    INSERT INTO wp_users VALUES (1, ${row})`);
  await checkPage(`    type: sqlite\n    connection: '${file}'\n`);
});
