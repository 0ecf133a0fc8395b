import assert from "node:assert/strict";
import { messageId } from "../../src/notify/message_id.ts";

const ONE = new Uint8Array(32).fill(1);
const TWO = new Uint8Array(32).fill(2);
const SEVENTH = { id: 7, queuedAt: 1_767_225_600_000 };

Deno.test("a mail's Message-ID is always the same, and no other mail's", () => {
  assert.equal(
    messageId(ONE, undefined, SEVENTH, "example.org"),
    messageId(ONE, undefined, SEVENTH, "example.org"),
  );
  const ids = [
    messageId(ONE, undefined, SEVENTH, "example.org"),
    messageId(ONE, undefined, { ...SEVENTH, id: 8 }, "example.org"),
    messageId(TWO, undefined, SEVENTH, "example.org"),
    messageId(ONE, "secret", SEVENTH, "example.org"),
    messageId(ONE, "another", SEVENTH, "example.org"),
    // The database was restored from a backup, and numbers anew.
    messageId(ONE, undefined, { ...SEVENTH, queuedAt: SEVENTH.queuedAt + 1 }, "example.org"),
    // Two outboxes of one administrator's secret number their mails alike.
    messageId(TWO, "secret", SEVENTH, "example.org"),
  ];
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("a Message-ID is a name that tells nothing, at the sender's domain", () => {
  assert.match(messageId(ONE, undefined, SEVENTH, "example.org"), /^<[0-9a-f]{40}@example\.org>$/);
});
