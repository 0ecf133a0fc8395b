import assert from "node:assert/strict";
import { loaded, messagesFor } from "../configuration.ts";

// The structure that mxisd's documentation shows for its stores in databases.
const MXISD = `
sql:
  enabled: true
  type: postgresql
  connection: '//localhost:5432/people?user=mxisd&password=s%26cret'
  auth:
    enabled: false
  directory:
    enabled: false
    query:
      name: { type: localpart, query: "SELECT id FROM people WHERE name LIKE ?" }
      threepid: { type: localpart, query: "SELECT id FROM people WHERE mail LIKE ?" }
  identity:
    enabled: false
    type: mxid
    query: "SELECT id AS uid FROM people WHERE medium = ? AND address = ?"
    medium: { email: "SELECT id AS uid FROM people WHERE mail = ?" }
  profile:
    enabled: true
    displayName: { query: "SELECT name FROM people WHERE id = ?" }
    threepid: { query: "SELECT 'email' AS medium, mail AS address FROM people WHERE id = ?" }
    role: { type: localpart, query: "SELECT role FROM roles WHERE name = ?" }
synapseSql:
  enabled: true
  type: postgresql
  connection: '//localhost/synapse?user=synapse&password=secret'
wordpress:
  enabled: true
  rest:
    base: 'http://localhost:8080'
  sql:
    type: mysql
    connection: '//127.0.0.1/wordpress?user=root&password=example'
`;

Deno.test("mxisd's sections of stores in databases are read as they are", async () => {
  const { settings, storesInOrder } = await loaded(MXISD);
  assert.deepEqual(storesInOrder, ["sql", "synapseSql", "wordpress", "memory"]);
  assert.equal(settings.sql.connection?.reveal().includes("password=s%26cret"), true);
  assert.equal(settings.sql.profile.role.type, "localpart");
  assert.equal(settings.wordpress.sql.tablePrefix, "wp_");
  const messages = await messagesFor(MXISD);
  const unused = messages.filter((message) => message.includes("notice"));
  for (const name of ["sql.auth", "sql.directory", "sql.identity"]) {
    assert.ok(unused.some((message) => message.includes(name)), name);
  }
  assert.deepEqual(messages.filter((message) => !unused.includes(message)), []);
});

Deno.test("a database on another machine is a warning, unless its certificate is verified", async () => {
  const connected = (parameters: string) =>
    messagesFor(`sql:
  enabled: true
  type: postgresql
  connection: '//db.example.org/people?user=a&password=b${parameters}'
`);
  assert.match((await connected("")).join(), /warning: sql\.connection: .*sslmode=verify-full$/);
  assert.match((await connected("&sslmode=disable")).join(), /warning/);
  assert.deepEqual(await connected("&sslmode=verify-full"), []);
  const unused = await connected("&sslmode=verify-full&sslrootcert=/etc/ca.pem");
  assert.match(unused.join(), /"sslrootcert" is ignored: .* in tls\.ca$/);
});

Deno.test("an SQLite connection is the path of a file that exists", async () => {
  const connected = (connection: string) =>
    messagesFor(`sql: { enabled: true, type: sqlite, connection: "${connection}" }`);
  assert.match((await connected("//db/people?user=a")).join(), /names a server/);
  assert.match(
    (await connected("/srv/people.db")).join(),
    /warning: .*the file "\/srv\/people\.db" does not exist/,
  );
});

Deno.test("disabled stores are not checked", async () => {
  const sql = "sql: { enabled: false, type: mysql, connection: 'nonsense' }\n";
  assert.deepEqual(await messagesFor(sql), []);
});
