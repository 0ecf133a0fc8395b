import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import { invite, queueMails, record } from "../../contracts/outbox_samples.ts";
import { referenceTo } from "../../contracts/outbox_suppressions.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { IS_THOROUGH } from "../../thorough.ts";
import { type Folder, openFile, temporaryFolder } from "./subject.ts";

const COUNT = IS_THOROUGH ? 100 : 30;

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

Deno.test("nothing of a forgotten person is left in the files, beside the running service", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  const clock = new ManualClock();
  await using outbox = openFile(file, clock);
  const subject = { outbox, clock, [Symbol.asyncDispose]: () => Promise.resolve() };
  const names = ["zaphod", "trillian"] as const;
  for (let n = 0; n < COUNT; n++) {
    for (const name of names) {
      const invitee = `@${name}:example.org` as UserId;
      const { invitation } = invite(n, { invitee, room: `!${n}:x.org` });
      // A hash, as that of real events is.
      const key = `${name.length}${n}`.padStart(64, "0");
      const change = { kind: "invite", invitation: { ...invitation, key } } as const;
      await queueMails(subject, change, [`${name}@corp.example`]);
    }
  }
  const mail = referenceTo(subject, 1, { address: "zaphod@corp.example" });
  await outbox.suppressions.suppress(mail, "room", "page");
  assert.ok(occurrences(folder, "zaphod") > COUNT);
  {
    await using beside = openFile(file, clock, false);
    const forgotten = await beside.records.forget("@zaphod:example.org" as UserId);
    assert.deepEqual(forgotten, { invitations: COUNT, mails: COUNT, choices: 1 });
  }
  assert.equal(occurrences(folder, "zaphod"), 0);
  assert.ok(occurrences(folder, "trillian") > COUNT);
  await outbox.check();
  assert.equal((await outbox.claimMails({ count: 1000, perAddress: null })).length, COUNT);
});

function occurrences(folder: Folder, text: string): number {
  return ["", "-wal"].reduce((sum, suffix) => {
    const bytes = Deno.readFileSync(folder.path(`outbox.db${suffix}`));
    return sum + new TextDecoder("latin1").decode(bytes).split(text).length - 1;
  }, 0);
}
