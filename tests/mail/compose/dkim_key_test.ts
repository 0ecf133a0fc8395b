import assert from "node:assert/strict";
import { tryDkimKey } from "../../../src/mail/compose/dkim_key.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { rsaKey, wrongKeys } from "../../fakes/mail/dkim_keys.ts";

const WHY: Readonly<Record<string, RegExp>> = {
  "too short": /^has 768 bits, .*"openssl genrsa/,
  "Ed25519": /^is an Ed25519 key, which many mail servers cannot check: make one/,
  "elliptic": /^is no RSA key/,
  "public": /^is the public key, which belongs into the DNS/,
  "locked": /^is locked by a passphrase: take it off with "openssl pkey/,
  "cut off": /^cannot be used, it may be cut off/,
  "garbage": /^is no private key in PEM/,
  "empty": /^is no private key in PEM/,
};

for (const [what, pem] of Object.entries(wrongKeys())) {
  Deno.test(`a key that is ${what} is refused with what to do, and is not repeated`, () => {
    const tried = tryDkimKey(new Secret(pem));
    assert.ok(tried.kind === "broken");
    assert.match(tried.reason, WHY[what] ?? /never/);
    for (const word of pem.split(/\s+/)) {
      assert.ok(word.length < 9 || !tried.reason.includes(word), word);
    }
  });
}

Deno.test("a key of 2048 bits signs, in both forms of PEM", () => {
  const { pem } = rsaKey(2048);
  assert.deepEqual(tryDkimKey(new Secret(pem)), { kind: "key" });
  assert.deepEqual(tryDkimKey(new Secret(pem.replaceAll("\n", "\r\n"))), { kind: "key" });
});

Deno.test("a key of 1024 bits signs, and is said to be short", () => {
  const tried = tryDkimKey(new Secret(rsaKey(1024).pem));
  assert.match(tried.kind === "key" ? tried.advice ?? "" : "", /^has 1024 bits, which is little/);
});
