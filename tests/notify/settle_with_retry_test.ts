import assert from "node:assert/strict";
import { settleWithRetry } from "../../src/notify/settle_with_retry.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import { SECOND } from "../../src/settings/duration.ts";
import { FakeClock, idle } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

const down = () => new OutboxError("unavailable", "the disk is full");

Deno.test("settling is repeated until the database takes it", async () => {
  await using _logs = await collectLogs();
  const clock = new FakeClock(0);
  let calls = 0;
  const settled = settleWithRetry(
    () => ++calls < 4 ? Promise.reject(down()) : Promise.resolve(),
    clock,
    new AbortController().signal,
  );
  await clock.advance(6 * SECOND);
  await settled;
  assert.equal(calls, 4);
});

Deno.test("settling is tried once more after a stop, then fails", async () => {
  await using _logs = await collectLogs();
  const clock = new FakeClock(0);
  const stop = new AbortController();
  let calls = 0;
  const settled = settleWithRetry(() => (calls++, Promise.reject(down())), clock, stop.signal);
  const given = assert.rejects(settled, OutboxError);
  await idle();
  stop.abort();
  await given;
  assert.equal(calls, 2);
});

Deno.test("a defect in settling is not repeated", async () => {
  const clock = new FakeClock(0);
  const { signal } = new AbortController();
  await assert.rejects(
    settleWithRetry(() => Promise.reject(new TypeError("bug")), clock, signal),
    TypeError,
  );
});
