import assert from "node:assert/strict";
import { sweepRepeatedly } from "../../src/app/sweep.ts";
import { StoreError, type StoreErrorKind } from "../../src/identity/port.ts";
import { DAY, HOUR, MINUTE } from "../../src/settings/duration.ts";
import { RULES } from "../fakes/notify/service.ts";
import { tempOutbox } from "../fakes/outbox/temp_outbox.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

Deno.test("it sweeps at the start and every hour; while that fails, after growing pauses", async () => {
  await using logs = await collectLogs();
  const clock = new FakeClock();
  await using store = tempOutbox(clock);
  const start = clock.now();
  const times: number[] = [];
  let fails: StoreErrorKind | undefined;
  const memberships = {
    pendingInvites() {
      times.push((clock.now() - start) / MINUTE);
      return fails === undefined
        ? Promise.resolve({ invites: [] })
        : Promise.reject(new StoreError("synapseSql", fails, "the table is not to be read"));
    },
    answers: () => Promise.resolve([]),
    async [Symbol.asyncDispose]() {},
  };
  const stop = new AbortController();
  const options = {
    outbox: store.outbox,
    memberships,
    clock,
    rules: RULES,
    delay: 0,
    added: false,
  };
  const running = sweepRepeatedly(options, stop.signal);
  await clock.advance(2 * HOUR - 1);
  assert.deepEqual(times, [0, 60]);

  fails = "misconfigured";
  await clock.advance(3 * HOUR);
  assert.deepEqual(times.slice(2), [120, 121, 123, 127, 135, 151, 183, 243]);
  const [[message, { advice }] = ["", {}], ...more] = logs.at("warning");
  assert.equal(message, "pending invites not compared");
  assert.match(String(advice), /local_current_membership, events, event_json/);
  assert.deepEqual(more, []);

  fails = undefined;
  await clock.advance(DAY);
  const gaps = times.slice(-3).map((time, n, all) => time - (all[n - 1] ?? time));
  assert.deepEqual(gaps, [0, 60, 60]);
  stop.abort();
  await running;
});
