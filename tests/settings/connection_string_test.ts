import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ConnectionString, namesServer } from "../../src/settings/connection_string.ts";

function shown(text: string): string {
  return String(new ConnectionString(text));
}

Deno.test("passwords are redacted, whatever their parameter's name", () => {
  assert.equal(
    shown("//db:5432/synapse?user=mxisd&password=sesame&ssl=true"),
    "//db:5432/synapse?user=mxisd&password=[redacted]&ssl=true",
  );
  for (
    const name of ["PASSWORD", "pass", "pwd", "sslpassword", "p%61ssword", "trustStorePassword"]
  ) {
    assert.doesNotMatch(shown(`//db/x?user=a&${name}=sesame`), /sesame/, name);
  }
});

Deno.test("passwords that are not encoded properly are redacted as well", () => {
  const connections = [
    "//mxisd:sesame@db/synapse",
    "//mxisd:ses@me/open?x@db/synapse?user=a",
    "//db/synapse?password=ses&ame",
    "//db/synapse?password=sesame=open&user=a",
    "//db/synapse?%zz=sesame",
    "jdbc:postgresql://db/synapse?password=sesame",
    "postgres://mxisd:sesame@db/synapse",
  ];
  for (const connection of connections) {
    assert.doesNotMatch(shown(connection), /sesame|ame\b|open/, connection);
  }
});

Deno.test("only revealing shows the password", () => {
  const connection = new ConnectionString("//db/synapse?password=sesame");
  assert.equal(connection.reveal(), "//db/synapse?password=sesame");
  for (const text of [`${connection}`, JSON.stringify(connection), Deno.inspect(connection)]) {
    assert.doesNotMatch(text, /sesame/);
  }
  assert.doesNotMatch(inspect({ connection }), /sesame/);
});

Deno.test("a path is shown as it is, and is not a server", () => {
  assert.equal(shown("/var/lib/synapse/homeserver.db"), "/var/lib/synapse/homeserver.db");
  assert.equal(namesServer("/var/lib/synapse/homeserver.db"), false);
  assert.equal(namesServer("homeserver.db"), false);
  assert.equal(namesServer("//db/synapse"), true);
  assert.equal(namesServer("jdbc:mysql://db/synapse"), true);
});
