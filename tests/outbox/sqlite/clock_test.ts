import assert from "node:assert/strict";
import { DAY, HOUR, SECOND } from "../../../src/settings/duration.ts";
import {
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  queueMails,
  recordInvite,
  SENT,
} from "../../contracts/outbox_samples.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { openFile, sqliteSubject, temporaryFolder } from "./subject.ts";

// How far ahead the machine's clock was until it was set right.
const AHEAD = 3000 * DAY;

Deno.test("mails that were sent when the clock was far ahead do not count for years", async () => {
  await using subject = await sqliteSubject();
  const { outbox, clock } = subject;
  const perAddress = { count: 1, per: DAY };
  const now = clock.now();
  clock.set(now + AHEAD);
  await queueMails(subject, invite(1));
  await outbox.settleMail(await claimMail(subject), SENT);
  clock.set(now);
  await queueMails(subject, invite(2, { room: "!other:example.org" }));
  assert.equal((await outbox.claimMails({ count: 1, perAddress })).length, 1);
});

Deno.test("mails that were sent when the clock was a little ahead count", async () => {
  await using subject = await sqliteSubject();
  const { outbox, clock } = subject;
  const perAddress = { count: 1, per: DAY };
  const now = clock.now();
  clock.set(now + HOUR);
  await queueMails(subject, invite(1));
  await outbox.settleMail(await claimMail(subject), SENT);
  clock.set(now);
  await queueMails(subject, invite(2, { room: "!other:example.org" }));
  assert.equal((await outbox.claimMails({ count: 1, perAddress })).length, 0);
});

Deno.test("invitations that were mailed when the clock was far ahead do not count for years", async () => {
  await using subject = await sqliteSubject();
  const { outbox, clock } = subject;
  const now = clock.now();
  clock.set(now + AHEAD);
  await queueMails(subject, invite(1));
  clock.set(now + SECOND);
  await recordInvite(subject, invite(2, { room: "!other:example.org" }));
  clock.advance(DELAY);
  const perInviter = { count: 1, per: HOUR };
  assert.equal((await outbox.claimInvitations(1, { perInviter })).length, 1);
});

for (const jump of [HOUR, 365 * DAY, -HOUR, -365 * DAY]) {
  Deno.test(`a clock that is set by ${jump / HOUR} hours ends no lease, and settling goes on`, async () => {
    await using subject = await sqliteSubject();
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    await recordInvite(subject, invite(2, { room: "!other:example.org" }));
    clock.advance(DELAY);
    const invitation = await claimInvitation(subject);
    const mail = await claimMail(subject);
    clock.jump(jump);
    assert.deepEqual(await outbox.claimInvitations(9), []);
    assert.deepEqual(await outbox.claimMails({ count: 9, perAddress: null }), []);
    await outbox.settleMail(mail, SENT);
    const outcome = { kind: "skipped", reason: "x" } as const;
    assert.equal((await outbox.settleInvitation(invitation, outcome)).kind, "settled");
    assert.equal(await outbox.nextDue("mails"), undefined);
  });
}

Deno.test("a process does not take back what it still works on, however long that takes", async () => {
  await using subject = await sqliteSubject();
  const { outbox, clock } = subject;
  await queueMails(subject, invite(1));
  const mail = await claimMail(subject);
  {
    using _held = outbox.hold("mails", mail);
    clock.advance(DAY);
    assert.deepEqual(await outbox.claimMails({ count: 9, perAddress: null }), []);
    assert.equal(await outbox.nextDue("mails"), undefined);
  }
  // The work has ended without a result.
  assert.equal((await claimMail(subject)).fence, mail.fence + 1);
});

for (const isRestarted of [false, true]) {
  const when = isRestarted ? "before the start" : "while the service runs";
  Deno.test(`what waits is due in time after a clock that was a year ahead is set ${when}`, async () => {
    using folder = temporaryFolder();
    const file = folder.path("outbox.db");
    const clock = new ManualClock();
    clock.jump(365 * DAY);
    let outbox = openFile(file, clock);
    const subject = () => ({ outbox, clock, [Symbol.asyncDispose]: () => Promise.resolve() });
    await queueMails(subject(), invite(1));
    const mail = await claimMail(subject());
    const until = clock.now() + HOUR;
    await outbox.settleMail(mail, { kind: "deferred", reason: "down", until });
    await recordInvite(subject(), invite(2, { room: "!other:example.org" }));
    if (isRestarted) await outbox[Symbol.asyncDispose]();
    clock.jump(-365 * DAY);
    if (isRestarted) outbox = openFile(file, clock);
    else await outbox.check();
    for (const work of ["mails", "invitations"] as const) {
      const due = await outbox.nextDue(work);
      assert(due !== undefined && due <= clock.now() + HOUR, work);
    }
    const again = await claimMail(subject());
    assert(again.deferredSince !== undefined && again.deferredSince <= clock.now());
    await outbox[Symbol.asyncDispose]();
  });
}
