import assert from "node:assert/strict";
import { preferredLanguage } from "../../src/identity/language.ts";

Deno.test("preferredLanguage: the one that is liked best", () => {
  const cases: readonly (readonly [string | null | undefined, string | undefined])[] = [
    ["de", "de"],
    ["de-AT, en;q=0.7", "de-AT"],
    ["en;q=0.5,de;q=0.9", "de"],
    ["*, fr;q=0.1", "fr"],
    ["de;q=0", undefined],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
  ];
  for (const [value, expected] of cases) {
    assert.equal(preferredLanguage(value), expected, value ?? "");
  }
});
