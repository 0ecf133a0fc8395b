import { parseSync } from "@optique/core/parser";
import assert from "node:assert/strict";
import { serveArguments } from "../../src/cli/commands/serve_parser.ts";
import { usualServe } from "../../src/cli/usual_serve.ts";

/** What the parser makes of the same arguments. */
function parsed(args: readonly string[]) {
  const [, ...words] = args;
  return parseSync(serveArguments, words);
}

for (
  const args of [
    [],
    ["serve"],
    ["serve", "--reload"],
    ["serve", "-c", "/etc/mxisd/mxisd.yaml"],
    ["serve", "--config", "a b.yaml"],
    ["serve", "--config", "/etc/mxisd/mxisd.yaml", "--reload"],
    ["serve", "--reload", "-v", "-c", "x", "-v"],
    ["serve", "-c", "serve"],
    ["serve", "-c", "="],
    ["serve", "-c", "ü"],
    ["serve", "-v", "-v", "-v"],
  ]
) {
  Deno.test(`the parser and the short way agree about: ${JSON.stringify(args)}`, () => {
    const result = parsed(args);
    assert.ok(result.success);
    assert.deepEqual(usualServe(args), result.value);
  });
}

for (
  const args of [
    ["--help"],
    ["--version"],
    ["-v"],
    ["-c", "x", "serve"],
    ["server"],
    ["doctor", "-c", "x"],
    ["serve", "--help"],
    ["serve", "--config=x"],
    ["serve", "-c"],
    ["serve", "-c", ""],
    ["serve", "-c", "--reload"],
    ["serve", "-c", "-"],
    ["serve", "-c", "x", "-c", "y"],
    ["serve", "--reload", "--reload"],
    ["serve", "-vv"],
    ["serve", "--"],
    ["serve", "x"],
    ["serve", "-c", "x", ""],
  ]
) {
  Deno.test(`the parser is asked about: ${JSON.stringify(args)}`, () => {
    assert.equal(usualServe(args), undefined);
  });
}
