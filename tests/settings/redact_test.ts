import assert from "node:assert/strict";
import { ConnectionString } from "../../src/settings/connection_string.ts";
import { redactor, secretsIn } from "../../src/settings/redact.ts";
import { Secret } from "../../src/settings/secret.ts";

const SECRET = 'Tr0ub4dor&3 ü/+"x';

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

for (
  const [form, text] of [
    ["as it is", SECRET],
    ["percent-encoded", encodeURIComponent(SECRET)],
    [
      "percent-encoded in lower case",
      encodeURIComponent(SECRET).toLowerCase().replace("tr0", "Tr0"),
    ],
    ["in a form", new URLSearchParams({ "": SECRET }).toString().slice(1)],
    ["in JSON", JSON.stringify(SECRET).slice(1, -1)],
    ["in base64", base64(SECRET)],
    ["in base64 for URLs", base64(SECRET).replaceAll("+", "-").replaceAll("/", "_")],
  ] as const
) {
  Deno.test(`a secret is replaced ${form}`, () => {
    assert.equal(
      redactor([SECRET])(`before ${text} after ${text}`),
      "before [redacted] after [redacted]",
    );
  });
}

Deno.test("a secret is replaced in base64 of more than itself", () => {
  const redact = redactor(["correct horse battery"]);
  for (const before of ["", "u", "us", "use", "user"]) {
    for (const after of ["", ":", "::"]) {
      const text = redact(base64(`${before}:correct horse battery${after}`));
      assert.match(text, /\[redacted\]/);
      assert.ok(text.length < 40, text);
    }
  }
});

Deno.test("other text stays, and without secrets all does", () => {
  const text = "535 5.7.8 authentication failed: a+b/c==";
  assert.equal(redactor([SECRET])(text), text);
  assert.equal(redactor([])(text), text);
  assert.equal(redactor([""])(text), text);
});

Deno.test("the longer of two secrets is replaced as a whole", () => {
  assert.equal(redactor(["secret", "secret-of-all"])("x secret-of-all y"), "x [redacted] y");
});

Deno.test("secrets are found wherever they are in settings", () => {
  const connection = "//db/x?user=a&password=b";
  const settings = {
    a: [{ b: new Secret("long enough") }],
    c: new ConnectionString(connection),
    d: new Secret("ab"),
    e: undefined,
    f: null,
  };
  assert.deepEqual([...secretsIn(settings, 6)], ["long enough", connection]);
});

Deno.test("the path of a database file, and a connection without a password, are no secrets", () => {
  const settings = {
    file: new ConnectionString("/var/lib/matrix-synapse/homeserver.db"),
    server: new ConnectionString("//db.example.org/synapse?user=mxisd"),
    secret: new ConnectionString("//db.example.org/synapse?user=mxisd&password=s3cret"),
  };
  assert.deepEqual([...secretsIn(settings, 1)], [settings.secret.reveal()]);
});
