import fc from "fast-check";
import assert from "node:assert/strict";
import { parse } from "yaml";
import { checkRegistration } from "../../../src/config/registration/compare.ts";
import {
  generateRegistration,
  type WantedRegistration,
} from "../../../src/config/registration/generate.ts";
import { parseRegistration } from "../../../src/config/registration/parse.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { codePoint } from "../../fakes/text/code_point.ts";

const WANTED: WantedRegistration = {
  domain: "example.org",
  id: "appservice-mxisd",
  url: "http://127.0.0.1:8090",
  senderLocalpart: "mxisd",
};

/** Gives 0xFB for each byte of the first token, 0xFC for the second one, and so on. */
function counting() {
  let next = 0xFA;
  return (count: number) => new Uint8Array(count).fill(++next);
}

Deno.test("a generated registration has the given values and no problems", () => {
  const text = generateRegistration(WANTED, counting());
  const asToken = `${"-_v7".repeat(10)}-_s`;
  const hsToken = `${"_Pz8".repeat(10)}_Pw`;
  assert.equal(parse(text).as_token, asToken);
  assert.deepEqual(parse(text), {
    id: "appservice-mxisd",
    url: "http://127.0.0.1:8090",
    as_token: asToken,
    hs_token: hsToken,
    sender_localpart: "mxisd",
    rate_limited: false,
    receive_ephemeral: false,
    namespaces: {
      users: [{ regex: "^@.*:example\\.org$", exclusive: false }],
      aliases: [],
      rooms: [],
    },
  });
  const read = parseRegistration(text);
  assert.ok(read.kind === "read");
  assert.deepEqual(read.problems, []);
  assert.deepEqual(checkRegistration(read.registration, WANTED), []);
  assert.match(text, /^# .*\n(#.*\n)*# {3}app_service_config_files:\n/);
});

Deno.test("a token has 32 random bytes in URL-safe characters", () => {
  const asked: number[] = [];
  const text = generateRegistration(WANTED, (count) => {
    asked.push(count);
    return crypto.getRandomValues(new Uint8Array(count));
  });
  assert.deepEqual(asked, [32, 32]);
  assert.match(parse(text).hs_token, /^[\w-]{43}$/);
  assert.notEqual(parse(text).hs_token, parse(text).as_token);
});

Deno.test("given tokens are written, and no random bytes are used", () => {
  const tokens = { asToken: new Secret("it's"), hsToken: new Secret("0123") };
  const text = generateRegistration({ ...WANTED, ...tokens }, () => assert.fail());
  assert.equal(parse(text).as_token, "it's");
  assert.equal(parse(text).hs_token, "0123");
});

Deno.test("all characters of a domain match only themselves", () => {
  for (const domain of ["example.org:8448", "[2001:db8::1]:8448", "192.0.2.1", "a-b.example"]) {
    const text = generateRegistration({ ...WANTED, domain }, counting());
    const read = parseRegistration(text);
    assert.ok(read.kind === "read");
    assert.deepEqual(checkRegistration(read.registration, { domain }), []);
    const regex = new RegExp(parse(text).namespaces.users[0].regex);
    assert.ok(regex.test(`@a:${domain}`));
    assert.ok(!regex.test(`@a:${domain.replace(".", "x").replace("[", "")}0`));
  }
  const regex = generateRegistration({ ...WANTED, domain: "[::1]:80" }, counting());
  assert.equal(parse(regex).namespaces.users[0].regex, "^@.*:\\[::1\\]:80$");
});

Deno.test("any text is written so that both versions of YAML read it back", () => {
  const text = fc.string({ unit: codePoint }).map((text) => text.toWellFormed());
  fc.assert(fc.property(text, text, text, (id, url, senderLocalpart) => {
    const written = generateRegistration({ ...WANTED, id, url, senderLocalpart }, counting());
    for (const version of ["1.1", "1.2"] as const) {
      const read = parse(written, { version });
      assert.deepEqual([read.id, read.url, read.sender_localpart], [id, url, senderLocalpart]);
    }
  }));
});
