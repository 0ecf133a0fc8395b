import assert from "node:assert/strict";
import { createHttpApp } from "../../src/http/app.ts";
import { Secret } from "../../src/settings/secret.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

Deno.test("refused requests are logged once a minute, with their number", async () => {
  const clock = new FakeClock();
  const app = createHttpApp({
    hsToken: new Secret("hs_VDxUpXFqbN4Qh2rK"),
    clock,
    accept: () => Promise.resolve({ kind: "accepted" }),
  });
  await using logs = await collectLogs();
  for (let request = 0; request < 5; request++) await app.request("/_matrix/app/v1/users/x");
  await clock.advance(60_000);
  await app.request("/_matrix/app/v1/users/x");
  const counts = logs.records
    .filter(({ message }) => message.join("") === "request refused")
    .map(({ properties }) => properties.count);
  assert.deepEqual(counts, [1, 5]);
});
