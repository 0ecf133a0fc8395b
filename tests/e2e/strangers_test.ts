import assert from "node:assert/strict";
import { startSmtpSink } from "../fakes/mail/smtp_sink.ts";
import { resetStreams } from "../load/http2_streams.ts";
import { holdIdleConnections } from "../load/idle_connections.ts";
import { invite, LoadedService } from "../load/service.ts";
import { STRANGER_LOADS } from "../load/stranger_loads.ts";
import { costOf, excessOf } from "../load/strangers.ts";
import { logEvent } from "../process/program.ts";

// A flood comes from the process that measures: `deno task load:strangers` holds the service to the limit.
const FLOOD_HEALTH_MS = 1_000;

for (const load of STRANGER_LOADS) {
  const { limits } = load;
  const isFlood = limits.colleagueMs === undefined;
  const here = isFlood ? { ...load, limits: { ...limits, healthMs: FLOOD_HEALTH_MS } } : load;
  Deno.test(`the service withstands ${load.name}`, async () => {
    const cost = await costOf(here, "short", "least");
    assert.deepEqual(excessOf(here, cost), [], JSON.stringify(cost));
  });
}

async function pushUntilAccepted(service: LoadedService): Promise<void> {
  const end = performance.now() + 30_000;
  while (performance.now() < end) {
    try {
      if (await service.push("1", [invite({})]) === 200) return;
    } catch {
      // Refused or cut: the homeserver sends it again.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("no push was accepted");
}

Deno.test("HTTP/2 streams that are reset leave only lines of the log", async () => {
  await using sink = await startSmtpSink();
  await using service = await LoadedService.start({ mailPort: sink.port });
  for (let connection = 0; connection < 5; connection++) await resetStreams(service.port, 100);
  assert.equal((await service.child.stop()).code, 0);
  const { items } = service.child.lines;
  assert.ok(items.length > 0);
  assert.deepEqual(items.filter((line) => logEvent(line) === undefined), []);
});

Deno.test("strangers who use up the open files neither end the service nor stop its mails", async () => {
  await using sink = await startSmtpSink();
  await using service = await LoadedService.start({ mailPort: sink.port, openFiles: 128 });
  await service.child.line((line) => logEvent(line)?.event === "few files can be opened");
  await using strangers = holdIdleConnections(service.port, 200);
  await service.child.line((line) => logEvent(line)?.event === "connections closed");
  await pushUntilAccepted(service);
  await service.child.line((line) => logEvent(line)?.event === "mail sent", 120_000);
  assert.ok(strangers.opened > 200);
  const closed = service.child.lines.items
    .filter((line) => logEvent(line)?.event === "connections closed");
  assert.ok(closed.length <= 3, `${closed.length} lines`);
  await strangers[Symbol.asyncDispose]();
  assert.equal((await service.child.stop()).code, 0);
});
