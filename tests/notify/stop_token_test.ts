import * as fc from "fast-check";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { stopHash } from "../../src/notify/stop_hash.ts";
import { type StopToken, stopTokens } from "../../src/notify/stop_token.ts";
import { codePoint } from "../fakes/text/code_point.ts";

const SECRET = "a secret for the tests";
const tokens = stopTokens(SECRET);
const hash = stopHash(SECRET);
const TOKEN: StopToken = {
  mail: 4711,
  address: hash("address", "bob@example.org"),
  room: hash("room", "!plans:example.org"),
  inviter: hash("inviter", "@alice:example.org"),
  language: "pt-BR",
};

function plain(token: StopToken | undefined) {
  return token && Object.fromEntries(
    Object.entries(token).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? value.toHex() : value,
    ]),
  );
}

Deno.test("a token is decoded to what was encoded", () => {
  const hashes = fc.uint8Array({ minLength: 12, maxLength: 12 })
    .filter((bytes) => bytes.some((byte) => byte > 0));
  fc.assert(fc.property(
    fc.record({
      mail: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      address: hashes,
      room: fc.option(hashes, { nil: undefined }),
      inviter: fc.option(hashes, { nil: undefined }),
      language: fc.constantFrom("en", "pt-BR", "zh-Hant-TW", ""),
    }),
    (token) => {
      const text = tokens.write(token);
      assert.match(text, /^[A-Za-z0-9_-]{79,102}$/);
      assert.deepEqual(plain(tokens.read(text)), plain(token));
    },
  ));
});

Deno.test("a token says how many inviters are from outside, in a bit that old tokens lack", () => {
  for (const outside of ["some", "all"] as const) {
    const text = tokens.write({ ...TOKEN, outside });
    assert.equal(tokens.read(text)?.outside, outside);
    assert.equal(text.length, tokens.write(TOKEN).length);
  }
  assert.ok(!Object.hasOwn(tokens.read(tokens.write(TOKEN)) ?? {}, "outside"));
});

Deno.test("a token does not reveal address, room or inviter", () => {
  const bytes = Buffer.from(tokens.write(TOKEN), "base64url");
  for (const text of [bytes.toString("latin1"), bytes.toString("hex"), tokens.write(TOKEN)]) {
    assert.doesNotMatch(text, /bob|example|plans|alice/i);
  }
  const other = stopHash("another secret");
  assert.notDeepEqual(other("address", "x"), hash("address", "x"));
  assert.notDeepEqual(hash("room", "x"), hash("inviter", "x"));
});

Deno.test("an invalid language is left out, so that nothing else gets into the link", () => {
  for (const language of ["<script>", "de\r\n", "x".repeat(17), "é"]) {
    assert.equal(tokens.read(tokens.write({ ...TOKEN, language }))?.language, "");
  }
});

Deno.test("a token with any other bit is refused", () => {
  const bytes = Buffer.from(tokens.write(TOKEN), "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const forged = Buffer.from(bytes);
    forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assert.equal(tokens.read(forged.toString("base64url")), undefined, `bit ${bit}`);
  }
});

Deno.test("a token has one encoding", () => {
  const text = tokens.write({ ...TOKEN, language: "en" });
  const spellings = [
    `${text}=`,
    `${text}A`,
    ` ${text}`,
    `${text}\n`,
    text.slice(0, -1),
    `${text}.`,
  ];
  for (const spelling of spellings) assert.equal(tokens.read(spelling), undefined, spelling);
  // The last letter may have bits that mean nothing.
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const alike = [...alphabet].filter((last) => tokens.read(text.slice(0, -1) + last));
  assert.equal(alike.length, 1);
});

Deno.test("a token of another secret, or of another purpose's key, is refused", () => {
  assert.equal(stopTokens("another secret").read(tokens.write(TOKEN)), undefined);
  assert.ok(tokens.read(tokens.write(TOKEN)));
});

Deno.test("any text that is not a token is refused without an error", () => {
  fc.assert(fc.property(fc.string({ unit: codePoint, maxLength: 300 }), (text) => {
    assert.equal(tokens.read(text), undefined);
  }));
  for (const text of ["", "A", "AQ", "A".repeat(10_000)]) {
    assert.equal(tokens.read(text), undefined);
  }
});
