import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bounceAddress,
  bounceTokenIn,
  bounceTokens,
} from "../../../src/notify/bounces/bounce_token.ts";

const tokens = bounceTokens(new Uint8Array(32).fill(7));
const MESSAGE_ID = "<0123@example.org>";
const DOMAIN = "bounces.example.org";

Deno.test("a token identifies its mail, whatever the case", () => {
  fc.assert(fc.property(fc.maxSafeNat(), fc.boolean(), (number, trial) => {
    const mail = number % 2 ** 47;
    const token = tokens.write({ mail, messageId: MESSAGE_ID, trial });
    assert.match(token, /^[a-z2-7]{32}$/);
    for (const text of [token, token.toUpperCase()]) {
      const read = tokens.read(text);
      assert.deepEqual([read?.mail, read?.trial], [mail, trial]);
      assert.equal(read?.isOf(MESSAGE_ID), true);
      assert.equal(read?.isOf("<0124@example.org>"), false);
    }
  }));
});

Deno.test("a changed token is of no mail", () => {
  const token = tokens.write({ mail: 7, messageId: MESSAGE_ID });
  for (let at = 0; at < token.length; at++) {
    for (const letter of ["a", "b", "q", "7"]) {
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      if (changed !== token) assert.notEqual(tokens.read(changed)?.isOf(MESSAGE_ID), true);
    }
  }
});

Deno.test("a token of another secret is of no mail", () => {
  const others = bounceTokens("another secret");
  const token = others.write({ mail: 7, messageId: MESSAGE_ID });
  assert.equal(tokens.read(token)?.isOf(MESSAGE_ID), false);
});

for (const text of ["", "a".repeat(31), "a".repeat(33), "1".repeat(32), "ä".repeat(32)]) {
  Deno.test(`${JSON.stringify(text)} is no token`, () => {
    assert.equal(tokens.read(text), undefined);
  });
}

Deno.test("the address for bounces is short enough for every server, and found in any case", () => {
  const token = tokens.write({ mail: 2 ** 47, messageId: MESSAGE_ID });
  const address = bounceAddress(token, DOMAIN);
  assert.ok(address.indexOf("@") <= 64);
  assert.equal(bounceTokenIn(address, DOMAIN), token);
  assert.equal(bounceTokenIn(address.toUpperCase(), DOMAIN), token);
  assert.equal(bounceTokenIn(address, DOMAIN.toUpperCase()), token);
  const others = [
    ...[`${address}.example`, `x${address}`, address.replace("+", "-"), address.replace("@", "")],
    ...[token, "", `bounce+@${DOMAIN}`, `bounce@${DOMAIN}`, `${address}@${DOMAIN}`],
  ];
  for (const other of others) assert.equal(bounceTokenIn(other, DOMAIN), undefined);
});
