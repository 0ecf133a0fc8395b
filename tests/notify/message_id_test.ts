import assert from "node:assert/strict";
import { messageId } from "../../src/notify/message_id.ts";

const ONE = new Uint8Array(32).fill(1);
const TWO = new Uint8Array(32).fill(2);

Deno.test("a mail's Message-ID is always the same, and no other mail's", () => {
  assert.equal(
    messageId(ONE, undefined, 7, "example.org"),
    messageId(ONE, undefined, 7, "example.org"),
  );
  const ids = [
    messageId(ONE, undefined, 7, "example.org"),
    messageId(ONE, undefined, 8, "example.org"),
    messageId(TWO, undefined, 7, "example.org"),
    messageId(ONE, "secret", 7, "example.org"),
    messageId(ONE, "another", 7, "example.org"),
    // Two outboxes of one administrator's secret number their mails alike.
    messageId(TWO, "secret", 7, "example.org"),
  ];
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("a Message-ID is a name that tells nothing, at the sender's domain", () => {
  assert.match(messageId(ONE, undefined, 7, "example.org"), /^<[0-9a-f]{40}@example\.org>$/);
});
