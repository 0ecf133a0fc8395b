import assert from "node:assert/strict";
import { pingRepeatedly } from "../../../src/app/monitoring/ping.ts";
import { MINUTE, SECOND } from "../../../src/settings/duration.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";

const URL_OF_PING = "https://ping.example.org/6b1f0c2e";

/** Asks the URL, whose responses are those given, then 200. */
async function pinging(responses: readonly (number | "hang" | "refused")[] = []) {
  const logs = await collectLogs();
  const clock = new FakeClock();
  const stop = new AbortController();
  const asked: number[] = [];
  const obstacles: string[] = [];
  const started = clock.now();
  const ended = pingRepeatedly({
    url: new Secret(URL_OF_PING),
    every: 5 * MINUTE,
    readiness: { delivers: () => Promise.resolve(obstacles) },
    clock,
    fetch(input, init) {
      assert.equal(String(input), URL_OF_PING);
      const response = responses[asked.length] ?? 200;
      asked.push((clock.now() - started) / MINUTE);
      if (response === "refused") return Promise.reject(new TypeError(`error for ${URL_OF_PING}`));
      if (response !== "hang") return Promise.resolve(new Response("", { status: response }));
      return new Promise((_, reject) =>
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason), { once: true })
      );
    },
  }, stop.signal);
  return {
    ...{ logs, clock, asked, obstacles },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      await logs[Symbol.asyncDispose]();
    },
  };
}

Deno.test("the URL is asked every five minutes", async () => {
  await using ping = await pinging();
  await ping.clock.advance(11 * MINUTE);
  assert.deepEqual(ping.asked, [0, 5, 10]);
  assert.deepEqual(ping.logs.records, []);
});

Deno.test("it is not asked while emails do not go out", async () => {
  await using ping = await pinging();
  await ping.clock.advance(MINUTE);
  ping.obstacles.push("the mail server takes no emails");
  await ping.clock.advance(10 * MINUTE);
  ping.obstacles.length = 0;
  await ping.clock.advance(5 * MINUTE);
  assert.deepEqual(ping.asked, [0, 15]);
});

const FAILURES = [
  [500, "HTTP status 500"],
  [302, "HTTP status 302"],
  ["refused", "the connection failed"],
  ["hang", "no answer in 30 seconds"],
] as const;

for (const [response, reason] of FAILURES) {
  Deno.test(`one that fails (${response}) is told once without the URL, and tried again`, async () => {
    await using ping = await pinging([response, response]);
    await ping.clock.advance(4 * MINUTE);
    const late = response === "hang" ? 30 * SECOND / MINUTE : 0;
    assert.deepEqual(ping.asked, [0, 1 + late, 2 + 2 * late]);
    assert.deepEqual(ping.logs.at("warning"), [["monitoring ping failed", { reason }]]);
    assert.deepEqual(ping.logs.at("info").map(([event]) => event), ["monitoring ping works again"]);
    assert.ok(!ping.logs.text().includes("6b1f0c2e"));
  });
}
