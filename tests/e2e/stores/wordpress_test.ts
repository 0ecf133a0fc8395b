import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import { openWordpressStore, wordpressSection } from "../../../src/identity/sql/wordpress.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { realHarness } from "../../contracts/store_harness.ts";
import { type Mariadb, startMariadb } from "../servers/mariadb.ts";
import type { Statement } from "../servers/postgresql.ts";
import { addWordpressUsers } from "../servers/wordpress.ts";
import { fails, SECRET_PASSWORD } from "./sql_people.ts";

const OPTIONS = { database: "blog", prefix: "blog_" };

let server: Mariadb;

Deno.test.beforeAll(async () => {
  server = await startMariadb();
  await server.run(
    "CREATE DATABASE blog",
    `CREATE USER mxisd IDENTIFIED BY '${SECRET_PASSWORD}'`,
  );
  await addWordpressUsers(server, OPTIONS, []);
  const columns = "SELECT(ID, user_login, user_email, display_name)";
  await server.run(`GRANT ${columns} ON blog.blog_users TO mxisd`);
});

Deno.test.afterAll(async () => await server[Symbol.asyncDispose]());

function open(tablePrefix = "blog_", password = SECRET_PASSWORD) {
  const login = `user=mxisd&password=${encodeURIComponent(password)}`;
  const connection = `//127.0.0.1:${server.port}/blog?${login}&useSSL=false`;
  const section = wordpressSection.parse({ enabled: true, sql: { connection, tablePrefix } });
  const dependencies = { domain: DOMAIN, clock: systemClock, authorities: [], timeout: 10_000 };
  return openWordpressStore(section, dependencies);
}

testIdentityStore({
  name: "wordpress, a real one",
  severalEntries: true,
  faults: ["down", "stall"],
  async open(people) {
    await server.up();
    const statements: Statement[] = ["DELETE FROM blog.blog_users"];
    for (const { localpart, displayName = "", addresses } of people) {
      // WordPress has one address in a row; several stand in several rows.
      for (const address of addresses.length > 0 ? addresses : [""]) {
        const sql = "INSERT INTO blog.blog_users(user_login, user_email, display_name) " +
          "VALUES (?, ?, ?)";
        statements.push([sql, localpart, address, displayName]);
      }
    }
    await server.run(...statements);
    const store = open();
    return realHarness(store, server, [SECRET_PASSWORD]);
  },
});

Deno.test("wordpress, a real one: a user added by WordPress itself is found", async () => {
  await server.up();
  await server.run("DELETE FROM blog.blog_users");
  await addWordpressUsers(server, OPTIONS, [
    { user_login: "Bob", user_email: "bob@example.org", display_name: "Bob Łukasz 👩‍🚀" },
  ]);
  // The collation of WordPress's tables takes it for the same name.
  await server.run(
    "INSERT INTO blog.blog_users(user_login, user_email) VALUES ('bób', 'other@example.org')",
  );
  await using store = open();
  const bob = await store.findProfile(userOf("bob"));
  assert.deepEqual(bob?.addresses, ["bob@example.org"]);
  assert.equal(bob.displayName, "Bob Łukasz 👩‍🚀");
  assert.deepEqual((await store.findProfile(userOf("Bob")))?.addresses, ["bob@example.org"]);
  assert.equal(await store.findProfile(userOf("BOB")), undefined);
  assert.equal(await store.findProfile("@bob:elsewhere.example" as UserId), undefined);
});

Deno.test("wordpress, a real one: a wrong prefix and a wrong password are reported", async () => {
  await server.up();
  await using elsewhere = open("wp_");
  const denied = fails("misconfigured", /command denied .* table .*wp_users/);
  await assert.rejects(elsewhere.findProfile(userOf("bob")), denied);
  await assert.rejects(elsewhere.check(), denied);
  await using stranger = open("blog_", "hunter2");
  const refused = fails("misconfigured", /Access denied for user 'mxisd'/);
  await assert.rejects(stranger.findProfile(userOf("bob")), refused);
});
