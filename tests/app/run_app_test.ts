import assert from "node:assert/strict";
import { type AppParts, runApp } from "../../src/app/run_app.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import { SECOND } from "../../src/settings/duration.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

/** Parts with nothing to do, whose outbox is checked by this. */
function idleParts(check: () => Promise<void>): AppParts & { readonly clock: FakeClock } {
  const clock = new FakeClock();
  const finished = Promise.withResolvers<void>();
  return {
    outbox: { check },
    work: () => Promise.resolve(),
    watchBounces: () => Promise.resolve(),
    shutdown: {
      forceStop: new AbortController().signal,
      begin() {
        finished.resolve();
        return { [Symbol.dispose]() {} };
      },
      finished: () => finished.promise,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    clock,
  };
}

Deno.test("an outbox that is unavailable when it is checked is checked again, and the service goes on", async () => {
  await using _logs = await collectLogs();
  let checks = 0;
  const parts = idleParts(() => {
    checks++;
    return Promise.reject(new OutboxError("unavailable", "database is locked"));
  });
  const stop = new AbortController();
  const running = runApp(parts, stop.signal);
  await parts.clock.advance(2 * SECOND);
  assert.equal(checks, 3);
  stop.abort();
  await running;
});

Deno.test("an outbox whose files are lost ends the service", async () => {
  await using _logs = await collectLogs();
  const lost = new OutboxError("lost", "it was renamed");
  const parts = idleParts(() => Promise.reject(lost));
  await assert.rejects(runApp(parts, new AbortController().signal), lost);
});
