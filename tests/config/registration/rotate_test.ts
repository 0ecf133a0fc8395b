import assert from "node:assert/strict";
import { generateRegistration } from "../../../src/config/registration/generate.ts";
import { withHsToken } from "../../../src/config/registration/rotate.ts";
import { WANTED } from "./wanted.ts";

const TEXT = generateRegistration(WANTED, () => assert.fail());

Deno.test("only the hs_token is replaced", () => {
  const changed = withHsToken(`# ours\n${TEXT}`, "new-token-0123456789");
  assert.equal(
    changed,
    `# ours\n${TEXT}`.replace("'hs-token-0123456789'", "'new-token-0123456789'"),
  );
});

const LEFT_ALONE: Readonly<Record<string, string>> = {
  "no YAML": "id: [",
  "no registration": "id: x\n",
  "a token that is an alias": TEXT.replace("as_token: 'as", "as_token: &t 'as")
    .replace(/^hs_token: .*$/m, "hs_token: *t"),
};

for (const [what, text] of Object.entries(LEFT_ALONE)) {
  Deno.test(`a file with ${what} is left alone, or the other token stays`, () => {
    const changed = withHsToken(text, "new-token-0123456789");
    if (what.startsWith("no ")) assert.equal(changed, undefined);
    else assert.match(changed ?? "", /^as_token: &t 'as-token-0123456789'\nhs_token: 'new-token/m);
  });
}
