import fc from "fast-check";
import assert from "node:assert/strict";
import { compileGlob, matchesAny } from "../../src/text/glob.ts";

Deno.test("compileGlob: * matches any characters, ? one, and all others themselves", () => {
  for (
    const [glob, text, matches] of [
      ["@bob:example.org", "@bob:example.org", true],
      ["@bob:example.org", "@bob:example.org.evil.invalid", false],
      ["bob:example.org", "@bob:example.org", false],
      ["@bob:example.org", "@bob:exampleXorg", false],
      ["@*:example.org", "@bob:example.org", true],
      ["@*:example.org", "@:example.org", true],
      ["@*:example.org", "@bob:other.example", false],
      ["@b?b:*", "@bob:example.org", true],
      ["@b?b:*", "@bb:example.org", false],
      ["?", "\u{1F600}", true],
      ["*", "", true],
      ["", "", true],
      ["", "a", false],
      ["?", "", false],
      ["a*b*c", "a-b-b-c", true],
      ["a*b*c", "a-c-b", false],
      ["*ab", "aab", true],
      ["**a**", "xax", true],
      ["@[a-z].+^$|(x)\\", "@[a-z].+^$|(x)\\", true],
      ["@[a-z]", "@b", false],
      ["@BOB", "@bob", false],
      ["@a*\n", "@a\n", true],
      ["@*", "@a\nb", true],
    ] as const
  ) {
    assert.equal(compileGlob(glob)(text), matches, `${glob} ${text}`);
  }
});

Deno.test("compileGlob agrees with the regular expression of the same meaning", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "\u{1F600}"), maxLength: 12 });
  const glob = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
  fc.assert(fc.property(glob, text, (glob, text) => {
    const source = RegExp.escape(glob).replace(/\\\*/g, ".*").replace(/\\\?/g, ".");
    assert.equal(compileGlob(glob)(text), new RegExp(`^(?:${source})$`, "su").test(text));
  }));
});

Deno.test("compileGlob is fast where a regular expression would not end", () => {
  const glob = compileGlob(`${"*a".repeat(100)}*b`);
  assert.equal(glob("a".repeat(255)), false);
  assert.equal(glob(`${"a".repeat(254)}b`), true);
});

Deno.test("matchesAny: one matching glob suffices, and no globs match nothing", () => {
  const globs = ["@a*", "@b*"].map(compileGlob);
  assert.equal(matchesAny(globs, "@bob:example.org"), true);
  assert.equal(matchesAny(globs, "@carol:example.org"), false);
  assert.equal(matchesAny([], "@carol:example.org"), false);
});
