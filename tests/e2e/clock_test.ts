import { strict as assert } from "node:assert";
import type { Child } from "../process/child.ts";
import { fakedClock } from "../process/faked_clock.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, serve } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { addressOf } from "./settings.ts";

async function push(organisation: Organisation, transaction: string): Promise<void> {
  const event = inviteEvent({ origin_server_ts: Date.now(), unsigned: { age: 50 } });
  const response = await organisation.push(transaction, [event]);
  await response.body?.cancel();
  assert.equal(response.status, 200);
}

function logged(service: Child, event: string): Promise<string> {
  return service.line((line) => logEvent(line)?.event === event);
}

Deno.test("an invite is mailed although the service's clock is two days ahead", async () => {
  await using organisation = await Organisation.create({ delay: "1s" });
  const { folder } = organisation.layout;
  const clock = await fakedClock(folder, "+2d");
  await using _service = await serve(folder, clock.env);
  await push(organisation, "1");
  await organisation.mailServer.first(addressOf("bob"));
});

Deno.test("what came while the clock was a year ahead is mailed soon after it is right", async () => {
  await using organisation = await Organisation.create({ delay: "3s" });
  const { folder } = organisation.layout;
  const clock = await fakedClock(folder, "+365d");
  await using service = await serve(folder, clock.env);
  await push(organisation, "1");
  await clock.set("+0");
  await organisation.mailServer.first(addressOf("bob"));
  await logged(service, "clock was set");
  const warnings = service.lines.items.filter((line) => logEvent(line)?.event === "clock was set");
  assert.equal(warnings.length, 1);
});

Deno.test("a clock that goes an hour on while mails are sent makes no duplicates", async () => {
  await using organisation = await Organisation.create({ delay: "0s" });
  const { folder } = organisation.layout;
  const clock = await fakedClock(folder, "+0");
  await using service = await serve(folder, clock.env);
  await organisation.mailServer.down();
  await push(organisation, "1");
  await logged(service, "mail deferred");
  await clock.set("+1h");
  await logged(service, "clock was set");
  await organisation.mailServer.up();
  await organisation.mailServer.first(addressOf("bob"), 60_000);
  await service.stop();
  assert.equal(organisation.mailServer.to(addressOf("bob")).length, 1);
});
