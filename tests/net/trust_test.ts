import assert from "node:assert/strict";
import { type Trust, trustAttempts, tryTrusts } from "../../src/net/trust.ts";

const ca = ["PEM"];
const [own, wellKnown] = trustAttempts(ca);

// Succeeds with the accepted attempt only, and records what was tried.
function server(accepted: Trust | undefined) {
  const tried: (Trust | undefined)[] = [];
  function open(trust: Trust): Promise<string> {
    tried.push(trust);
    if (trust === accepted) return Promise.resolve("open");
    return Promise.reject(new Error(`does not verify: ${JSON.stringify(trust)}`));
  }
  return { tried, open };
}

Deno.test("given certificates are tried before the well-known ones", () => {
  assert.deepEqual(trustAttempts(ca), [{ verify: true, ca }, { verify: true }]);
  assert.deepEqual(trustAttempts([]), [{ verify: true }]);
});

Deno.test("the attempt that succeeded is the first one the next time", async () => {
  const { tried, open } = server(wellKnown);
  const openTrusted = tryTrusts([own, wellKnown] as Trust[], () => true);
  assert.equal(await openTrusted(open), "open");
  assert.equal(await openTrusted(open), "open");
  assert.deepEqual(tried, [own, wellKnown, wellKnown]);
});

Deno.test("if no attempt succeeds, the error of the first one is thrown", async () => {
  const { open } = server(undefined);
  const openTrusted = tryTrusts(trustAttempts(ca), () => true);
  await assert.rejects(openTrusted(open), /"ca"/);
});

Deno.test("other errors than those of TLS are not retried with other certificates", async () => {
  const { tried, open } = server(wellKnown);
  const openTrusted = tryTrusts(trustAttempts(ca), () => false);
  await assert.rejects(openTrusted(open), /does not verify/);
  assert.equal(tried.length, 1);
});
