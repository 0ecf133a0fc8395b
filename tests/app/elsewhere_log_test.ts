import assert from "node:assert/strict";
import { openElsewhereLog } from "../../src/app/elsewhere_log.ts";
import { HOUR } from "../../src/settings/duration.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

Deno.test("invites of people of other homeservers are logged once an hour, with their domains", async () => {
  await using logs = await collectLogs();
  const clock = new ManualClock();
  const add = openElsewhereLog("matrix.example.org", clock);
  add("@bob:example.org");
  for (let i = 0; i < 30; i++) add(`@bob${i}:server${i}.example`);
  add("@eve:\x1b[31m");
  clock.advance(HOUR);
  // A clock that is set does not matter.
  clock.jump(-2 * HOUR);
  add("@carol:example.org");
  add("@carol:example.org");

  const seen = logs.at("info").filter(([event]) => event === "invites of other domains ignored")
    .map(([, data]) => data);
  assert.deepEqual(seen.map(({ count, domains }) => [count, domains]), [
    [1, ["example.org"]],
    [32, [0, 1, 2, 3, 4].map((i) => `server${i}.example`)],
  ]);
  assert.match(String(seen[0]?.advice), /matrix\.example\.org \(matrix\.domain\)/);
});
