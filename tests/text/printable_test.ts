import fc from "fast-check";
import assert from "node:assert/strict";
import { printable, quoted } from "../../src/text/printable.ts";
import { codePoint } from "../fakes/text/code_point.ts";

Deno.test("characters with a glyph are kept", () => {
  for (const text of ["", "plain", 'R&D "quoted" \\', "Zoë Schröder", "会議室", "👍🏽", "a b"]) {
    assert.equal(printable(text), text);
  }
});

Deno.test("characters that a terminal would act on are escaped", () => {
  assert.equal(printable("a\u001b[31mb"), "a\\u{1b}[31mb");
  assert.equal(printable("a\r\n\tb"), "a\\u{d}\\n\\tb");
  assert.equal(
    printable("a\u009bb\u202ec\u2028d\u200be"),
    "a\\u{9b}b\\u{202e}c\\u{2028}d\\u{200b}e",
  );
  assert.equal(printable("\ud800"), "\\u{d800}");
});

Deno.test("any text is one line of glyphs", () => {
  fc.assert(fc.property(fc.string({ unit: codePoint }), (text) => {
    assert.doesNotMatch(printable(text), /[\p{C}\p{Zl}\p{Zp}]/u);
    assert.equal(printable(printable(text)), printable(text));
  }));
});

Deno.test("a quotation is cut between characters", () => {
  assert.equal(quoted("a\nb"), '"a\\nb"');
  assert.equal(quoted("x".repeat(80)), `"${"x".repeat(80)}"`);
  assert.equal(quoted("x".repeat(81)), `"${"x".repeat(80)}..."`);
  assert.equal(quoted("👍".repeat(81)), `"${"👍".repeat(80)}..."`);
});
