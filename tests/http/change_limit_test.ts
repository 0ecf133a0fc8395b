import assert from "node:assert/strict";
import { limitChanges } from "../../src/http/change_limit.ts";
import { HOUR, MINUTE } from "../../src/settings/duration.ts";
import { StopSite } from "../fakes/http/stop_site.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

Deno.test("a stop link changes something 20 times an hour, then it gets a 429", async () => {
  await using logs = await collectLogs();
  await using site = new StopSite();
  const path = await site.linkOf();
  const press = (number: number) =>
    site.post(path, number % 2 === 0 ? { stop: "all" } : { undo: "all" });
  for (let number = 0; number < 20; number++) assert.equal((await press(number)).status, 303);
  await site.clock.advance(MINUTE);
  const lines = logs.records.length;
  for (let number = 20; number < 200; number++) {
    const { status, headers } = await press(number);
    assert.deepEqual([status, headers.get("retry-after")], [429, "3540"]);
  }
  const oneClick = await site.post(path, { "List-Unsubscribe": "One-Click" });
  assert.equal(oneClick.status, 429);
  assert.match(await oneClick.text(), /<html lang="en"/);
  assert.deepEqual(await site.stopped(), []);
  assert.equal(logs.records.length, lines + 1);
  // The page itself, and other links.
  assert.equal((await site.app.request(path)).status, 200);
  assert.equal((await site.post(await site.linkOf(), { stop: "inviter" })).status, 303);
  await site.clock.advance(59 * MINUTE);
  assert.equal((await press(0)).status, 303);
});

Deno.test("a clock that is set back locks no link for longer than an hour", () => {
  const clock = new FakeClock();
  const limit = limitChanges(clock);
  for (let number = 0; number < 21; number++) limit.count(1);
  assert.equal(limit.count(1), HOUR);
  clock.set(clock.now() - 48 * HOUR);
  assert.equal(limit.count(1), 0);
});

Deno.test("only so many links are remembered", () => {
  const limit = limitChanges(new FakeClock());
  for (let number = 0; number < 20; number++) limit.count(-1);
  for (let number = 0; number < 9_999; number++) limit.count(number);
  assert.ok(limit.count(-1) > 0);
  for (let number = 0; number < 10_000; number++) limit.count(number);
  assert.equal(limit.count(-1), 0);
});
