import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeText, unescapeText } from "../../../src/outbox/postgresql/escape.ts";

const TEXTS: readonly (readonly [text: string, stored: string])[] = [
  ["", ""],
  ["Plans for 2027 😀 é", "Plans for 2027 😀 é"],
  ["a\0b", "a\uFDD00000b"],
  ["half \uD83D of a pair", "half \uFDD0d83d of a pair"],
  ["\uDE00\uD83D", "\uFDD0de00\uFDD0d83d"],
  ["\uFDD00000", "\uFDD0fdd00000"],
];

Deno.test("what PostgreSQL cannot store is escaped, and read as it was", () => {
  for (const [text, stored] of TEXTS) {
    assert.equal(escapeText(text), stored);
    assert.equal(unescapeText(stored), text);
  }
});

Deno.test("every text is stored in what PostgreSQL accepts, and read as it was", () => {
  const units = fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfdd0, 0x30, 0x64),
    ),
    { maxLength: 20 },
  );
  fc.assert(fc.property(units, (codes) => {
    const text = String.fromCharCode(...codes);
    const stored = escapeText(text);
    assert.ok(stored.isWellFormed() && !stored.includes("\0"));
    assert.equal(unescapeText(stored), text);
  }));
});
