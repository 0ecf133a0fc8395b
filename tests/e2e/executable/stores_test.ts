import assert from "node:assert/strict";
import { join } from "node:path";
import { CA } from "../../fakes/net/certificates.ts";
import { runToEnd } from "../../process/run_to_end.ts";
import { compiled } from "../installed.ts";
import { startMariadb } from "../servers/mariadb.ts";
import { startPostgresql } from "../servers/postgresql.ts";
import { connectionTo, FIRST_SUFFIX, startSlapd } from "../servers/slapd.ts";
import { DOMAIN, settingsFor } from "../settings.ts";
import { tempFolder } from "../temp_folder.ts";

// The libraries that speak to stores are embedded, and loaded when a store needs them.

const profile = {
  displayName: { query: "SELECT name FROM people WHERE id = ?" },
  threepid: { query: "SELECT 'email' AS medium, address FROM people WHERE id = ?" },
};

const TABLE = [
  "CREATE TABLE people(id VARCHAR(255), name VARCHAR(255), address VARCHAR(255))",
  "INSERT INTO people VALUES ('@bob:example.org', 'Bob Baker', 'bob@database.example.org')",
] as const;

/** The addresses that the executable finds for bob, by the store. */
async function lookUp(
  stores: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  await using folder = await tempFolder();
  const file = join(folder.path, "mxisd.yaml");
  const ca = join(folder.path, "ca.pem");
  await Deno.writeTextFile(ca, CA);
  const layout = { folder: folder.path, registration: join(folder.path, "registration.yaml") };
  const ports = { servicePort: 9, homeserverPort: 9, mailPort: 9 };
  const { appsvc: _appsvc, memory: _memory, ...usual } = settingsFor({ ...layout, ...ports }, "1m");
  const endpoint = {
    toHS: { url: "http://127.0.0.1:9", token: "a".repeat(64) },
    toAS: { url: "http://127.0.0.1:9", token: "b".repeat(64) },
  };
  const settings = { ...usual, appsvc: { endpoint }, tls: { ca }, ...stores };
  await Deno.writeTextFile(file, JSON.stringify(settings), { mode: 0o600 });
  const command = ["lookup", `@bob:${DOMAIN}`, "--json", "--config", file] as const;
  const { output, errors, code } = await runToEnd([await compiled("x86_64"), ...command]);
  assert.equal(code, 0, output + errors);
  const { stores: results }: { stores: { store: string; addresses: string[] }[] } = JSON.parse(
    output,
  );
  return Object.fromEntries(results.map(({ store, addresses }) => [store, addresses]));
}

Deno.test("the executable finds people in a real directory and a real MariaDB", async () => {
  const entry = {
    cn: "bob",
    uid: "bob",
    sn: "Baker",
    mail: "bob@directory.example.org",
    displayName: "Bob Baker",
  };
  await using slapd = await startSlapd({ domains: [{ suffix: FIRST_SUFFIX, people: [entry] }] });
  await using server = await startMariadb();
  await server.up();
  await server.run(
    "CREATE DATABASE people",
    ...TABLE.map((statement) =>
      statement.replace(" people(", " people.people(")
        .replace("INTO people", "INTO people.people")
    ),
    "CREATE USER mxisd IDENTIFIED BY 'secret'",
    "GRANT SELECT ON people.* TO mxisd",
  );
  const connection =
    `//127.0.0.1:${server.port}/people?user=mxisd&password=secret&sslMode=verify-ca`;
  const found = await lookUp({
    ldap: {
      enabled: true,
      connection: connectionTo(slapd, "starttls"),
      attribute: { uid: { value: "uid" }, threepid: { email: ["mail"] } },
    },
    sql: { enabled: true, type: "mariadb", connection, profile },
  });
  const expected = { ldap: ["bob@directory.example.org"], sql: ["bob@database.example.org"] };
  assert.deepEqual(found, expected);
});

Deno.test("the executable finds people in a real PostgreSQL", async () => {
  await using server = await startPostgresql();
  await server.up();
  await server.run("postgres", ...TABLE);
  const { user, password } = server.superuser;
  const login = `user=${user}&password=${password}&sslmode=verify-full`;
  const connection = `//localhost:${server.port}/postgres?${login}`;
  const found = await lookUp({ sql: { enabled: true, type: "postgresql", connection, profile } });
  assert.deepEqual(found, { sql: ["bob@database.example.org"] });
});
