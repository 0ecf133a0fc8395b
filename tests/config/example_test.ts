import assert from "node:assert/strict";
import { parse } from "yaml";
import { allKeys } from "../../src/config/schema/walk.ts";
import { settingsSchema } from "../../src/config/sections/settings.ts";
import { formatProblem } from "../../src/config/source/problem.ts";
import { rsaKey } from "../fakes/mail/dkim_keys.ts";
import { png } from "../fakes/render/pictures.ts";
import { load } from "./configuration.ts";
import type { MemoryMachine } from "./memory_environment.ts";

const EXAMPLE = await Deno.readTextFile(new URL("../../mxisd.example.yaml", import.meta.url));

// Explanations have a blank after the #, keys have none.
const UNCOMMENTED = EXAMPLE.replace(/^( *)#(?=\S)/gm, "$1");

const machine: MemoryMachine = {
  files: {
    "/etc/matrix-synapse/appservice-mxisd.yaml": `id: appservice-mxisd
url: http://localhost:8090
as_token: as-0123456789abcdef
hs_token: hs-0123456789abcdef
sender_localpart: mxisd
namespaces: { users: [], aliases: [], rooms: [] }
`,
    as_token: "as-0123456789abcdef\n",
    hs_token: "hs-0123456789abcdef\n",
    previous_hs_token: "hs-fedcba9876543210\n",
    "people.csv": "username,email\n",
    notify_secret: "0123456789abcdef",
    postgresql_password: "password",
    rest_password: "password",
    rest_api_key: "key",
    synapse_admin_token: "token",
    mas_secret: "secret",
    keycloak_secret: "secret",
    scim_token: "token",
    scim_password: "password",
    scim_api_key: "key",
    smtp_password: "password",
    smtp_client_secret: "secret",
    smtp_refresh_token: "token",
    "dkim.pem": rsaKey(2048).pem,
    "organisation-ca.pem": "-----BEGIN CERTIFICATE-----",
    ldap_password: "password",
    "mxid-template.eml": "",
    "logo.png": png(120, 40),
    sendgrid_key: "key",
    ping_url: "https://ping.example.org/0123456789abcdef",
  },
  env: { MXISD_REST_TOKEN: "token" },
  databases: { "/var/lib/matrix-synapse/homeserver.db": ["events"] },
};

function keysIn(value: unknown, prefix: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysIn(item, [...prefix, "[]"]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const path = [...prefix, name];
    return [path.join("."), ...keysIn(child, path)];
  });
}

Deno.test("the example loads with one notice, about the missing public URL", async () => {
  const result = await load(EXAMPLE, machine);
  const said = result.problems.map(({ severity, key }) => `${severity} ${key}`);
  assert.deepEqual(said, ["notice server.publicUrl"]);
  assert.equal(result.kind, "loaded");
});

Deno.test("no key is missing from the example", () => {
  const shown = new Set(keysIn(parse(UNCOMMENTED)));
  const missing = allKeys(settingsSchema).map((key) => key.join(".")).filter((key) =>
    // The example shows one directory, which all of them are like.
    !shown.has(key.replace(/^netiq\./, "ldap.").replace(/^ldap\.directories\.\[\]\./, "ldap."))
  );
  assert.deepEqual(missing, []);
});

Deno.test("each optional key of the example can be uncommented", async () => {
  // These exclude each other: one of two lines, or the section with its keys.
  const password = / +password: \{ file: smtp_password \}\n/;
  const oauth2 = /( +)oauth2:\n(?:\1 +.*\n)+/;
  for (
    const [key, other] of [[/^ +basic: .*$/gm, password], [/^ +bearer: .*$/gm, oauth2]] as const
  ) {
    const text = UNCOMMENTED.replace(key, "").replace(other, "");
    assert.notEqual(text.length, UNCOMMENTED.length);
    const { problems } = await load(text, machine);
    const serious = problems.filter(({ severity }) => severity !== "notice");
    assert.deepEqual(serious.map(formatProblem), []);
  }
});

Deno.test("the defaults in the example are the defaults", async () => {
  const plain = await load(EXAMPLE, machine);
  const defaults =
    /^ +#(port(?!: 8091)|backend|connector|generator|content|product|delay|maxAge|catchUp|repeatAfter|addresses|timeZone(?=: UTC)|link|level|perAddress|perInviter|perServer|perRoom|overall|ownShare|keep|incomplete|main|inviteExpired|pool|rate|tls|timeout|id|pingEvery|maxDelay|format): /;
  const lines = EXAMPLE.split("\n").map((line) =>
    defaults.test(line) ? line.replace("#", "") : line
  );
  const written = await load(lines.join("\n"), machine);
  assert.ok(plain.kind === "loaded" && written.kind === "loaded");
  assert.deepEqual(JSON.stringify(written.settings), JSON.stringify(plain.settings));
});
