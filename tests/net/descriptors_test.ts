import assert from "node:assert/strict";
import { countOpenable } from "../../src/net/descriptors.ts";

Deno.test("no more descriptors are counted than asked for, and all are closed again", () => {
  for (const max of [0, 3, 3]) assert.equal(countOpenable(max), max);
});
