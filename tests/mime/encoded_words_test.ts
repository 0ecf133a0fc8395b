import fc from "fast-check";
import assert from "node:assert/strict";
import { decodeHeader, encodeHeader } from "../../src/mime/encoded_words.ts";

Deno.test("a header field is read back as it was written", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const encoded = encodeHeader(text);
    assert.match(encoded, /^[\n\x20-\x7E]*$/);
    assert.ok(encoded.split("\n").every((line) => line.length <= 76));
    assert.equal(decodeHeader(encoded), text);
  }));
});
