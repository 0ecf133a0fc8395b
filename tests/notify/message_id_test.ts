import assert from "node:assert/strict";
import { messageId } from "../../src/notify/message_id.ts";
import { systemRandom } from "../../src/system/random.ts";

Deno.test("a Message-ID is made of 16 random bytes and the sender's domain", () => {
  const counts: number[] = [];
  const id = messageId((count) => {
    counts.push(count);
    return new Uint8Array(count).fill(0xab);
  }, "example.org");
  assert.deepEqual(counts, [16]);
  assert.equal(id, `<${"ab".repeat(16)}@example.org>`);
});

Deno.test("every Message-ID is new", () => {
  const ids = Array.from({ length: 100 }, () => messageId(systemRandom, "example.org"));
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^<[0-9a-f]{32}@example\.org>$/);
});
