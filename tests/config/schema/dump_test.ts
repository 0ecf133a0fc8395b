import assert from "node:assert/strict";
import { dumpSettings } from "../../../src/config/schema/dump.ts";
import { load, loaded } from "../configuration.ts";

const EVERYTHING = `rest:
  enabled: true
  host: http://localhost:8080
  bearer: sesame-open-0123456789
  headers: { X-Key: sesame-key }
memory:
  enabled: true
  identities:
    - { username: bob, threepids: [{ medium: email, address: bob@example.org }] }
synapseSql:
  enabled: false
  type: postgresql
  connection: //db.example.org/synapse?user=mxisd&password=sesame
appsvc:
  endpoint:
    toHS: { url: 'http://localhost:8008', token: sesame-as-0123456789 }
    toAS: { url: 'http://localhost:8090', token: sesame-hs-0123456789 }
threepid:
  medium:
    email:
      identity: { from: matrix@example.org, name: "Sesame: \\"street\\" #1" }
      connectors: { smtp: { host: smtp.example.org, login: '0123', password: sesame, timeout: 90s } }
notify:
  delay: 2m
  maxAge: 36h
  except: ['@bot-*:example.org']
  limits: { perAddress: off, perInviter: 5/minute }
  secret: sesame-secret-0123456789
`;

Deno.test("the printed settings load to the same settings, except for the secrets", async () => {
  const first = await loaded(EVERYTHING);
  const text = dumpSettings(first.settings, first.storesInOrder);
  const second = await load(text);
  assert.ok(second.kind === "loaded", JSON.stringify(second.problems));
  assert.equal(JSON.stringify(second.settings), JSON.stringify(first.settings));
  assert.deepEqual(second.storesInOrder, ["rest", "memory"]);
  assert.equal(dumpSettings(second.settings, second.storesInOrder), text);
});

Deno.test("the printed settings contain no secret", async () => {
  const { settings, storesInOrder } = await loaded(EVERYTHING);
  const text = dumpSettings(settings, storesInOrder);
  assert.doesNotMatch(text, /sesame/);
  assert.match(text, /connection: \/\/db\.example\.org\/synapse\?user=mxisd&password=\[redacted\]/);
  assert.match(text, /delay: 2m\n {2}maxAge: 36h\n/);
  assert.match(text, /perAddress: off\n {4}perInviter: 5\/minute\n/);
});

Deno.test("settings print without their secrets in any way of printing", async () => {
  const { settings } = await loaded(EVERYTHING);
  assert.doesNotMatch(Deno.inspect(settings, { depth: 20 }), /sesame/);
  assert.doesNotMatch(JSON.stringify(settings), /sesame/);
});

Deno.test("settings that are all defaults load again", async () => {
  const first = await loaded("");
  const second = await loaded(dumpSettings(first.settings, first.storesInOrder));
  assert.equal(JSON.stringify(second.settings), JSON.stringify(first.settings));
});
