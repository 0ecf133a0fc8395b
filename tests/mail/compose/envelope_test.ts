import fc from "fast-check";
import assert from "node:assert/strict";
import { asciiDomain, envelopeAddress, needsUtf8 } from "../../../src/mail/compose/envelope.ts";
import { address } from "../../fakes/mail/messages.ts";
import { codePoint } from "../../fakes/text/code_point.ts";

Deno.test("an envelope's domain is in ASCII, the local part as it is", () => {
  assert.equal(envelopeAddress("bob@example.org"), "bob@example.org");
  assert.equal(envelopeAddress("Bob+x@Example.ORG"), "Bob+x@Example.ORG");
  assert.equal(envelopeAddress("bob@exämple.org"), "bob@xn--exmple-cua.org");
  assert.equal(envelopeAddress("bøb@例え.jp"), "bøb@xn--r8jz45g.jp");
});

Deno.test("what is not an address is refused, and so is a domain that becomes an IP address in ASCII", () => {
  for (
    const value of [
      "",
      "bob",
      "bob@",
      "@example.org",
      " bob@example.org",
      "bob@example.org\r\n",
      "bob@example.org\r\nRCPT TO:<eve@example.org>",
      "bob@example.org> SIZE=1",
      "<bob@example.org>",
      "bob@example.org,eve@example.org",
      '"a b"@example.org',
      "bob@[127.0.0.1]",
      "bob@１２７.０.０.１",
    ]
  ) assert.equal(envelopeAddress(value), undefined, JSON.stringify(value));
});

Deno.test("an envelope's address is one word in brackets, whatever is tried", () => {
  fc.assert(fc.property(fc.string({ unit: codePoint }), fc.string({ unit: codePoint }), (a, b) => {
    const result = envelopeAddress(`${a}@${b}`);
    if (result === undefined) return;
    assert.match(result, /^[^\s<>@\p{C}"(),:;[\]\\]+@[A-Za-z0-9.-]+$/u);
  }));
  assert.equal(asciiDomain("example.org"), "example.org");
});

Deno.test("only the local part needs SMTPUTF8", () => {
  assert(needsUtf8(address("bøb@example.org")));
  assert(!needsUtf8(address("bob@xn--exmple-cua.org")));
});
