import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  ALICE,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailTo,
  queueMails,
  record,
  recordInvite,
  ROOM,
  SENT,
  states,
} from "../../contracts/outbox_samples.ts";
import { ADDRESS, mailed, referenceTo, settle } from "../../contracts/outbox_suppressions.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { howMany, thoroughTest } from "../../thorough.ts";
import { openFile, openSubject, temporaryFolder } from "./subject.ts";

// More than are cancelled in one transaction.
const MANY = howMany(300, 1500);

Deno.test("a mail of several invitations loses those alone that were stopped", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using subject = openSubject(file);
  const { outbox } = subject;
  const [digest = 0] = await queueMails(subject, invite(1));
  const [other = 0] = await queueMails(subject, invite(2, { room: "!other:example.org" }));
  {
    using database = new DatabaseSync(file);
    database.exec(`
      UPDATE mail_invitations SET mail_id = ${digest} WHERE mail_id = ${other};
      DELETE FROM mails WHERE id = ${other}`);
  }
  const reference = referenceTo(subject, digest);
  await outbox.suppressions.suppress(reference, "room", "page");
  assert.deepEqual(await states(subject), ["resolved", "resolved"]);
  const claim = await claimMail(subject);
  assert.deepEqual(claim.invitations.map(({ roomId }) => roomId), ["!other:example.org"]);
  await outbox.settleMail(claim, { kind: "released" });
  await outbox.suppressions.suppress(reference, "inviter", "page");
  assert.deepEqual((await outbox.counts()).mails, { cancelled: 1 });
  assert.deepEqual(await states(subject), ["skipped: suppressed", "skipped: suppressed"]);
});

Deno.test("a changed secret does not forget what was chosen", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  {
    await using subject = openSubject(file);
    const mail = await mailed(subject);
    for (const scope of ["room", "inviter"] as const) {
      await subject.outbox.suppressions.suppress(mail, scope, "page");
    }
  }
  const clock = new ManualClock();
  await using outbox = openFile(file, clock, true, "another secret of the administrator");
  const subject = { outbox, clock };
  const closing = { ...subject, [Symbol.asyncDispose]: () => Promise.resolve() };
  assert.deepEqual(await settle(closing, invite(2)), {
    kind: "suppressed",
    scopes: ["inviter", "room"],
  });
  // The links of new mails show it, and take it back.
  const again = referenceTo(subject, 1);
  assert.deepEqual(Object.keys((await outbox.suppressions.stateOf(again)).stopped), [
    "room",
    "inviter",
  ]);
  for (const scope of ["room", "inviter"] as const) {
    assert.equal(await outbox.suppressions.undo(again, scope, 0), true);
  }
  assert.equal(await settle(closing, invite(3)), 1);
});

Deno.test("a secret of the administrator's keeps choices when the database is lost", async () => {
  using folder = temporaryFolder();
  const secret = "the same secret for ever and ever";
  const references = [];
  for (const name of ["old.db", "new.db"]) {
    await using outbox = openFile(folder.path(name), new ManualClock(), true, secret);
    references.push(referenceTo({ outbox }, 1));
  }
  assert.deepEqual(references[0], references[1]);
});

Deno.test("a command lifts suppressions beside the running service", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using subject = openSubject(file);
  const mail = await mailed(subject);
  await subject.outbox.suppressions.suppress(mail, "all", "page");
  await using beside = openFile(file, subject.clock, false);
  assert.equal((await beside.suppressions.list()).length, 1);
  assert.equal(await beside.suppressions.lift({ addressKey: ADDRESS }), 1);
  assert.equal(await settle(subject, invite(2)), 1);
});

Deno.test("an ID of a stranger's choosing is stopped as it stands", async () => {
  using folder = temporaryFolder();
  await using subject = openSubject(folder.path("outbox.db"));
  const { outbox, clock } = subject;
  const inviter = "@'; DROP TABLE suppressions; --\u202e😀:x";
  await recordInvite(subject, invite(1, { inviter }));
  clock.advance(DELAY);
  const outcome = { kind: "resolved" as const, mails: [mailTo(ADDRESS)] };
  await outbox.settleInvitation(await claimInvitation(subject), outcome);
  const claim = await claimMail(subject);
  await outbox.settleMail(claim, SENT);
  const reference = referenceTo(subject, claim.id, { inviter });
  await outbox.suppressions.suppress(reference, "inviter", "page");
  assert.equal((await outbox.suppressions.list())[0]?.target, inviter);
  assert.equal(
    (await settle(subject, invite(2, { inviter })) as { kind: string }).kind,
    "suppressed",
  );
  assert.equal(await settle(subject, invite(3, { inviter: ALICE, room: ROOM })), 1);
});

Deno.test("nothing is claimed once it is stopped, though hundreds wait and others are served", async () => {
  using folder = temporaryFolder();
  await using subject = openSubject(folder.path("outbox.db"));
  const { outbox, clock } = subject;
  const [first = 0] = await queueMails(subject, invite(1));
  const rooms = Array.from({ length: MANY }, (_, index) => `!${index}:example.org`);
  await record(subject, ...rooms.map((room) => invite(2, { room })));
  clock.advance(DELAY);
  for (const claim of await outbox.claimInvitations(MANY)) {
    await outbox.settleInvitation(claim, { kind: "resolved", mails: [mailTo(ADDRESS)] });
  }
  let isDone = false;
  const stopping = outbox.suppressions.suppress(referenceTo(subject, first), "all", "page")
    .then((isNew) => isDone = isNew);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(await outbox.claimMails({ count: 9, perAddress: null }), []);
  assert.equal(isDone, false);
  await stopping;
  assert.equal(isDone, true);
  assert.deepEqual((await outbox.counts()).mails, { cancelled: MANY + 1 });
});

thoroughTest("a choice that is undone while it is applied cancels nothing more", async () => {
  using folder = temporaryFolder();
  await using subject = openSubject(folder.path("outbox.db"));
  const { outbox, clock } = subject;
  const [first = 0] = await queueMails(subject, invite(1));
  const rooms = Array.from({ length: MANY }, (_, index) => `!${index}:example.org`);
  await record(subject, ...rooms.map((room) => invite(2, { room })));
  clock.advance(DELAY);
  for (const claim of await outbox.claimInvitations(MANY)) {
    await outbox.settleInvitation(claim, { kind: "resolved", mails: [mailTo(ADDRESS)] });
  }
  const reference = referenceTo(subject, first);
  const stopping = outbox.suppressions.suppress(reference, "all", "page");
  assert.equal(await outbox.suppressions.undo(reference, "all", 0), true);
  await stopping;
  assert((await outbox.claimMails({ count: MANY, perAddress: null })).length > MANY / 3);
});
