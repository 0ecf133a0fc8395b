import assert from "node:assert/strict";
import { OutboxError } from "../../../src/outbox/port.ts";
import { MAX_REACH_MS, reach } from "../../../src/outbox/postgresql/reach.ts";
import { SECOND } from "../../../src/settings/duration.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";

const DOWN = new OutboxError("unavailable", "PostgreSQL at db:5432: ECONNREFUSED");

Deno.test("a database server that starts later is waited for, and that is told now and then", async () => {
  await using logs = await collectLogs();
  const clock = new FakeClock();
  let told = 0;
  let tries = 0;
  const reached = reach(() => {
    if (++tries < 20) return Promise.reject(DOWN);
    return Promise.resolve("the outbox");
  }, { clock, onWaiting: () => told++ });
  await clock.advance(40 * SECOND);
  assert.equal(await reached, "the outbox");
  assert.deepEqual([tries, told], [20, 19]);
  const waiting = ["waiting for the database", { reason: DOWN.message }];
  assert.deepEqual(logs.at("warning"), [waiting, waiting]);
});

Deno.test("a database server that does not start is given up after a while", async () => {
  const clock = new FakeClock();
  const reached = assert.rejects(reach(() => Promise.reject(DOWN), { clock }), DOWN);
  await clock.advance(MAX_REACH_MS + SECOND);
  await reached;
});

Deno.test("waiting for a database server ends when the service is stopped", async () => {
  const stop = new AbortController();
  const clock = new FakeClock();
  const onWaiting = () => stop.abort();
  const options = { clock, signal: stop.signal, onWaiting };
  await assert.rejects(reach(() => Promise.reject(DOWN), options), DOWN);
});

for (
  const error of [
    new OutboxError("refused", "PostgreSQL at db:5432 refuses the login (28P01)"),
    new TypeError("a defect"),
  ]
) {
  Deno.test(`nothing is waited for after: ${error.message}`, async () => {
    let tries = 0;
    const open = () => {
      tries++;
      return Promise.reject(error);
    };
    await assert.rejects(reach(open, { clock: new FakeClock() }), error);
    assert.equal(tries, 1);
  });
}
