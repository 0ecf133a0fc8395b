import fc from "fast-check";
import assert from "node:assert/strict";
import { compilePythonRegex } from "../../../src/config/registration/python_regex.ts";
import { codePoint } from "../../fakes/text/code_point.ts";

Deno.test("a match begins at the start and may end before the end, like Python's re.match", () => {
  assert.equal(compilePythonRegex("@a")?.test("@alice"), true);
  assert.equal(compilePythonRegex("a")?.test("@alice"), false);
  assert.equal(compilePythonRegex("x|@a")?.test("b@a"), false);
});

// Each row as Python 3.11 answers re.match(expression, text).
Deno.test("Python's syntax is translated", () => {
  for (
    const [expression, text, matches] of [
      ["\\A@a\\Z", "@a", true],
      ["\\A@a\\Z", "@ab", false],
      ["\\@\\-\\_\\:\\/\\ \\#", "@-_:/ #", true],
      ["@[\\w\\-.]+:", "@a-b.c:", true],
      ["@[]a]+$", "@]a", true],
      ["@[^]a]+$", "@]a", false],
      ["@[[a]+$", "@[a", true],
      ["@a{,2}$", "@aa", true],
      ["@a{,2}$", "@aaa", false],
      ["@a{1,2}$", "@aa", true],
      ["@a{x}", "@a{x}", true],
      ["@a]", "@a]", true],
      ["(?P<n>@)(?P=n)", "@@", true],
      ["(?i)@ALICE", "@alice", true],
      ["(?:@)(?!b)a", "@a", true],
      ["@(?<=@)a", "@a", true],
      ["@\\d+$", "@42", true],
      ["@\\.", "@x", false],
    ] as const
  ) {
    assert.equal(compilePythonRegex(expression)?.test(text), matches, `${expression} ${text}`);
  }
});

Deno.test("an invalid expression, or one that JavaScript lacks, is not compiled", () => {
  for (const expression of ["a*+", "(?>a)", "(", "[a", "a\\", "(?x)a b", "\\p", "(?(1)a|b)", "*"]) {
    assert.equal(compilePythonRegex(expression), undefined, expression);
  }
});

Deno.test("any text compiles or does not, without an exception", () => {
  fc.assert(fc.property(fc.string({ unit: codePoint }), (text) => {
    compilePythonRegex(text);
  }));
  const signs = fc.string({ unit: fc.constantFrom(..."\\[](){}^-?*+|.,P<>=!Aa1:") });
  fc.assert(fc.property(signs, (text) => {
    compilePythonRegex(text);
  }));
});
