import assert from "node:assert/strict";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { invite, record } from "../../contracts/outbox_samples.ts";
import { openFile, temporaryFolder } from "./subject.ts";

Deno.test("the service hears of work that a command beside it made, and only then", async () => {
  using folder = temporaryFolder();
  const clock = new ManualClock();
  await using outbox = openFile(folder.path("outbox.db"), clock);
  await using beside = openFile(folder.path("outbox.db"), clock, false);
  const subject = { outbox, clock, [Symbol.asyncDispose]: () => Promise.resolve() };
  await outbox.check();
  let announced = 0;
  await record(subject, invite(1));
  outbox.onWork(() => announced++);
  await outbox.check();
  assert.equal(announced, 0);
  assert.deepEqual(await beside.records.retry({ work: "invitations", id: 1 }), { kind: "done" });
  assert.equal(announced, 0);
  await outbox.check();
  assert.equal(announced, 1);
  assert.equal((await outbox.claimInvitations(1)).length, 1);
  await outbox.check();
  assert.equal(announced, 1);
});
