import assert from "node:assert/strict";
import {
  bestLanguage,
  directionOf,
  preferredLanguages,
  primaryLanguage,
} from "../../src/domain/language.ts";

const AVAILABLE = ["en", "de", "pt", "pt-PT", "zh-Hant", "ar"];

const CHOICES: readonly [wanted: readonly (string | undefined)[], best: string | undefined][] = [
  [["de"], "de"],
  [["de-AT"], "de"],
  [["DE-at"], "de"],
  [["pt-BR"], "pt"],
  [["pt-PT"], "pt-PT"],
  [["zh-Hant-TW"], "zh-Hant"],
  [["zh-TW"], undefined],
  [["de-u-co-phonebk"], "de"],
  [["fr", "de"], "de"],
  [[undefined, "ar-EG"], "ar"],
  [["", "nonsense language", "en"], "en"],
  [["constructor", "__proto__"], undefined],
  [["tlh"], undefined],
  [[], undefined],
];
for (const [wanted, best] of CHOICES) {
  Deno.test(`whoever wants ${JSON.stringify(wanted)} gets ${best ?? "nothing"}`, () => {
    assert.equal(bestLanguage(wanted, AVAILABLE), best);
  });
}

Deno.test("a language has its script's direction", () => {
  const rightToLeft = ["ar", "ar-MA", "he", "fa", "ur", "yi", "dv", "ckb", "az-Arab"];
  for (const language of rightToLeft) assert.equal(directionOf(language), "rtl", language);
  const leftToRight = ["en", "de-AT", "uk", "zh", "az", "ks-Deva", "tlh", "", "no language", "x"];
  for (const language of leftToRight) assert.equal(directionOf(language), "ltr", language);
});

Deno.test("primaryLanguage drops script and region", () => {
  assert.equal(primaryLanguage("zh-Hant-TW"), "zh");
  assert.equal(primaryLanguage("DE"), "de");
  assert.equal(primaryLanguage("no language"), undefined);
});

Deno.test("preferredLanguages: the languages are in order of preference", () => {
  const cases: readonly (readonly [string | null | undefined, readonly string[]])[] = [
    ["de", ["de"]],
    ["de-AT, en;q=0.7", ["de-AT", "en"]],
    ["en;q=0.5,de;q=0.9", ["de", "en"]],
    ["*, fr;q=0.1", ["fr"]],
    ["de;q=0", []],
    ["", []],
    [null, []],
    [undefined, []],
  ];
  for (const [value, expected] of cases) {
    assert.deepEqual(preferredLanguages(value), expected, value ?? "");
  }
});
