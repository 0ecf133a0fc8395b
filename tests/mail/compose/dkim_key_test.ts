import assert from "node:assert/strict";
import { checkDkimKey } from "../../../src/mail/compose/dkim_key.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { rsaKey, wrongKeys } from "../../fakes/mail/dkim_keys.ts";

const WHY: Readonly<Record<string, RegExp>> = {
  "too short": /^has 768 bits, .*"openssl genrsa/,
  "Ed25519": /^is an Ed25519 key, and many mail servers can check RSA only: make one/,
  "elliptic": /^is not an RSA key/,
  "public": /^is the public key, which belongs in the DNS: name the private key/,
  "locked": /^is encrypted with a passphrase: remove that with "openssl pkey/,
  "cut off": /^cannot be used, it may be cut off/,
  "garbage": /^is not a private key in PEM/,
  "empty": /^is not a private key in PEM/,
};

for (const [what, pem] of Object.entries(wrongKeys())) {
  Deno.test(`a key that is ${what} is refused with advice, and is not quoted`, () => {
    const check = checkDkimKey(new Secret(pem));
    assert.ok(check.kind === "broken");
    assert.match(check.reason, WHY[what] ?? /never/);
    for (const word of pem.split(/\s+/)) {
      assert.ok(word.length < 9 || !check.reason.includes(word), word);
    }
  });
}

Deno.test("a key of 2048 bits signs, in both forms of PEM", () => {
  const { pem } = rsaKey(2048);
  assert.deepEqual(checkDkimKey(new Secret(pem)), { kind: "usable", advice: undefined });
  assert.deepEqual(checkDkimKey(new Secret(pem.replaceAll("\n", "\r\n"))), {
    kind: "usable",
    advice: undefined,
  });
});

Deno.test("a key of 1024 bits signs, with advice to make a longer one", () => {
  const check = checkDkimKey(new Secret(rsaKey(1024).pem));
  assert.match(
    check.kind === "usable" ? check.advice ?? "" : "",
    /^has 1024 bits, which is little/,
  );
});
