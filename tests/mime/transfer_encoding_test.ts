import fc from "fast-check";
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../src/mime/charset.ts";
import {
  decodeTransfer,
  encodeQuotedPrintable,
  foldBase64,
  foldQuotedPrintable,
} from "../../src/mime/transfer_encoding.ts";

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

Deno.test("quoted-printable in long lines, with non-ASCII bytes, is folded and means the same", () => {
  const unit = fc.constantFrom(..."a= \n\u00e9\u00ff");
  fc.assert(fc.property(fc.string({ unit, minLength: 60, maxLength: 400 }), (bytes) => {
    const long = encodeQuotedPrintable(bytes).replaceAll("=\n", "").replaceAll("=FF", "\u00ff");
    const folded = foldQuotedPrintable(long);
    assert.match(folded, /^(?:[\x20-\x7E]{0,76}(?:\n|$))*$/);
    assert.equal(decodeTransfer(folded, "quoted-printable"), bytes);
  }));
});

Deno.test("base64 is folded, without what is not base64", () => {
  const folded = foldBase64(`${"QUJD".repeat(30)}\u00fc!\n\tREVG`);
  assert.ok(folded.split("\n").every((line) => line.length <= 76));
  assert.equal(decodeTransfer(folded, "base64"), `${"ABC".repeat(30)}DEF`);
});
