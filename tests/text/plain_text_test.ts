import fc from "fast-check";
import assert from "node:assert/strict";
import {
  isolated,
  looksLikeHost,
  plainText,
  unlinked,
  withoutJoiners,
} from "../../src/text/plain_text.ts";
import { codePoint } from "../fakes/text/code_point.ts";

const UNCHANGED = [
  "Plans",
  "R&D <b>",
  "Grüße, 日本語, Ελλάδα, 한국어",
  "می\u200cخواهم", // Persian needs its non-joiner
  "क्\u200dष",
  "👨\u200d👩\u200d👧\u200d👦 ❤\uFE0F 1\uFE0F\u20E3 👩🏽\u200d🚀 🏳\uFE0F\u200d🌈",
  "Việt Nam".normalize("NFD"),
];
for (const text of UNCHANGED) {
  Deno.test(`plain text keeps ${JSON.stringify(text)}`, () =>
    assert.equal(plainText(text, 80), text));
}

const CHANGED: readonly [name: string, text: string, plain: string][] = [
  ["line breaks", "a\r\nb\u2028c\u0085d\te", "a b c d e"],
  ["controls", "a\u0000b\u001b[31mc\u009bd\u007f", "ab[31mcd"],
  ["bidirectional formatting", "\u202egnp.\u2066a\u2069\u200f\u061c", "gnp.a"],
  ["zero-width characters", "a\u200bd\u2060m\uFEFFi\u00adn\u{E0041}", "admin"],
  ["a joiner between Latin letters", "a\u200db\u200cc", "abc"],
  ["a selector behind a letter", "a\uFE0Fb\u{E0100}", "ab"],
  ["what only looks like a name", " \u3164\u2800\u115f\u00a0\u200d ", ""],
  ["several blanks", "a \u200b  b", "a b"],
  ["half a character", "a\ud800b", "a\uFFFDb"],
  ["a noncharacter", "a\uFFFFb", "a\uFFFDb"],
  ["stacked marks", `a${"\u0301".repeat(99)}b`, `a${"\u0301".repeat(4)}b`],
  ["marks that begin the text", "\u0338\u0338a", "a"],
];
for (const [name, text, plain] of CHANGED) {
  Deno.test(`plain text neutralises ${name}`, () => assert.equal(plainText(text, 80), plain));
}

Deno.test("plain text is cut between characters, with an ellipsis", () => {
  assert.equal(plainText("Plans for all", 5), "Plans…");
  assert.equal(plainText("Plans for all", 6), "Plans…");
  assert.equal(plainText("👨\u200d👩\u200d👧ab", 1), "👨\u200d👩\u200d👧…");
  assert.equal(plainText("e\u0301e\u0301e\u0301", 2), "e\u0301e\u0301…");
  assert.equal(plainText("Plans", 5), "Plans");
});

const INVISIBLE_ASIDE = /[\u200C\u200D\uFE0F]/g;

Deno.test("plain text of any input is one short line of visible characters", () => {
  const text = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom(..."a \n\u200b\u200d\u202e\u0301\u{1F468}\ufe0f\ud800\u3164"),
    }),
  );
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 40 }), (value, longest) => {
    const plain = plainText(value, longest);
    assert.ok(plain.isWellFormed());
    assert.equal(plain, plain.trim());
    assert.doesNotMatch(plain, / {2}/);
    assert.doesNotMatch(plain.replace(INVISIBLE_ASIDE, ""), /[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}]/u);
    assert.ok(plain.length <= longest * 16 + 1);
    assert.ok([...new Intl.Segmenter().segment(plain)].length <= longest + 1);
  }));
});

Deno.test("a megabyte of marks, joiners or emoji is cut quickly", () => {
  for (const unit of ["\u0301", "\u200d", "👨\u200d👩\u200d👧\u200d👦", "a", " ", "\u{E0041}"]) {
    assert.ok(plainText(unit.repeat(1_000_000 / unit.length), 80).length <= 80 * 16 + 1);
  }
});

const UNLINKED: readonly [text: string, unlinked: string][] = [
  ["www.evil.example", "www.\u2060evil.\u2060example"],
  ["https://evil.example/x", "https\u2060://evil.\u2060example/x"],
  ["ftp://1.2.3.4", "ftp\u2060://1.2.3.4"],
  ["evil。example", "evil。\u2060example"],
  ["evil\u2024com", "evil\u2024\u2060com"],
  ["help@evil.example", "help@evil.\u2060example"],
  ["пример.рф", "пример.\u2060рф"],
  ["a.xn--p1ai", "a.\u2060xn--p1ai"],
  ["see evil.co.", "see evil.\u2060co."],
  ["Now.Go", "Now.\u2060Go"],
  ["One. Two.", "One. Two."],
  ["Dr. Eve", "Dr. Eve"],
  ["z.B. 3.5 or v1.2.3...", "z.B. 3.5 or v1.2.3..."],
];
for (const [text, expected] of UNLINKED) {
  Deno.test(`${JSON.stringify(text)} looks like a link only where it does`, () => {
    assert.equal(unlinked(text), expected);
    assert.equal(withoutJoiners(expected), text);
  });
}

Deno.test("nothing in an unlinked text looks like a link to a mail client", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."ab.:/@ ") }), (text) => {
    assert.doesNotMatch(unlinked(text), /\.[a-z]{2}|:(?<!\u2060:)\/\//);
    assert.equal(withoutJoiners(unlinked(text)), text);
  }));
});

Deno.test("a part of an ID looks like a host if it ends like one", () => {
  for (const text of ["www.evil", "evil.com", "evil.co.uk", "a.xn--p1ai", "pay@evil.net/x"]) {
    assert.ok(looksLikeHost(text), text);
  }
  for (const text of ["alice", "alice.archer", "alice.b", "a.comb", "www", "j.r.r.tolkien"]) {
    assert.ok(!looksLikeHost(text), text);
  }
});

Deno.test("a text is isolated where its direction could reach its surroundings", () => {
  assert.equal(isolated("Plans", "ltr"), "Plans");
  assert.equal(isolated("Plans", "rtl"), "\u2068Plans\u2069");
  assert.equal(isolated("خطط", "ltr"), "\u2068خطط\u2069");
  assert.equal(isolated("a א", "ltr"), "\u2068a א\u2069");
  assert.equal(isolated("", "rtl"), "");
});
