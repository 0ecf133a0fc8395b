import assert from "node:assert/strict";
import { messagesFor } from "../configuration.ts";

async function problems(toAS: string): Promise<readonly string[]> {
  const text = `appsvc:
  endpoint:
    toHS: { url: "http://localhost:8008" }
    toAS: ${toAS}
`;
  return (await messagesFor(text)).map((message) => message.replace(/^mxisd\.yaml:\d+:\d+: /, ""));
}

const NEW = "hs-new-0123456789abcdef";
const OLD = "hs-old-0123456789abcdef";

const CASES = [
  [`{ token: ${NEW} }`, []],
  [`{ token: ${NEW}, previousToken: ${OLD} }`, [
    /^notice: .*previousToken: both tokens are accepted/,
  ]],
  [`{ token: ${NEW}, previousToken: ${NEW} }`, [/^notice: .*previousToken: is still the token/]],
  [`{ token: ${NEW}, previousToken: short }`, [
    /previousToken: has fewer than 16 characters/,
    /^notice: .*previousToken: both/,
  ]],
  [`{ token: ${NEW}, previousToken: "" }`, [/previousToken: /]],
  [`{ token: ${NEW}, previousToken: "with a blank 0123456789" }`, [
    /previousToken: a token cannot contain spaces/,
  ]],
] as const;

for (const [toAS, expected] of CASES) {
  Deno.test(`${toAS} has ${expected.length} problems`, async () => {
    const told = await problems(toAS);
    for (const pattern of expected) assert.ok(told.some((text) => pattern.test(text)), `${told}`);
    if (expected.length === 0) assert.deepEqual(told, []);
    for (const text of told) assert.doesNotMatch(text, /0123456789/);
  });
}
