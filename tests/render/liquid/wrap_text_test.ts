import fc from "fast-check";
import assert from "node:assert/strict";
import { wrapText } from "../../../src/render/liquid/wrap_text.ts";

const words = (count: number) => Array.from({ length: count }, () => "word").join(" ");

Deno.test("a long line is wrapped between words", () => {
  assert.equal(wrapText(words(16)), `${words(14)}\n${words(2)}\n`);
});

Deno.test("a long word stays whole", () => {
  const link = `https://matrix.to/#/${"x".repeat(90)}`;
  assert.equal(wrapText(`Here: ${link} and more`), `Here:\n${link}\nand more\n`);
});

Deno.test("wrapped quotations stay quotations", () => {
  assert.equal(wrapText(`> ${words(16)}`), `> ${words(14)}\n> ${words(2)}\n`);
});

Deno.test("wrapped indented lines are indented further", () => {
  assert.equal(wrapText(`.\n  ${words(16)}`), `.\n  ${words(14)}\n    ${words(2)}\n`);
});

Deno.test("wrapped numbered lines continue below their first word", () => {
  assert.equal(wrapText(`1. ${words(16)}`), `1. ${words(14)}\n   ${words(2)}\n`);
  assert.equal(wrapText(`12. ${words(16)}`), `12. ${words(13)}\n    ${words(3)}\n`);
  assert.equal(wrapText(`274. ${words(16)}`), `274. ${words(13)}\n     ${words(3)}\n`);
});

Deno.test("empty lines do not pile up, and the signature's separator keeps its blank", () => {
  assert.equal(wrapText("\n\na\n\n\n\nb \n-- \nc\n\n"), "a\n\nb\n-- \nc\n");
});

Deno.test("wrapping keeps every word, and no line is longer than its words make it", () => {
  const line = fc.array(fc.string({ unit: fc.constantFrom(..."abc>- "), maxLength: 90 }));
  fc.assert(fc.property(line.map((parts) => parts.join(" ")), (text) => {
    const wrapped = wrapText(text);
    const bare = (value: string) => value.replace(/[\s>]/g, "");
    assert.equal(bare(wrapped), bare(text));
    for (const line of wrapped.split("\n")) {
      assert.ok(line.length <= 72 || !line.replace(/^(?:> )?\s*/, "").slice(0, 70).includes(" "));
    }
  }));
});
