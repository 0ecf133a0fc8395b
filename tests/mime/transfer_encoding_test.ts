import fc from "fast-check";
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../src/mime/charset.ts";
import { decodeTransfer, encodeQuotedPrintable } from "../../src/mime/transfer_encoding.ts";

Deno.test("quoted-printable is read back as it was written, in short lines", () => {
  const text = fc.string({ unit: fc.constantFrom(..."a=-. \t\n\u00e9\u{1F600}"), maxLength: 300 });
  fc.assert(fc.property(text, (value) => {
    const bytes = encodeUtf8(value);
    const encoded = encodeQuotedPrintable(bytes);
    assert.match(encoded, /^[\t\n\x20-\x7E]*$/);
    assert.ok(encoded.split("\n").every((line) => line.length <= 76 && !line.startsWith("-")));
    assert.equal(decodeTransfer(encoded, "quoted-printable"), bytes);
  }));
});
