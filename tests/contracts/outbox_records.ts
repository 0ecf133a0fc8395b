/**
 * What every outbox shows the administrator, and what its interventions change.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RecordRef } from "../../src/outbox/records.ts";
import { DAY } from "../../src/settings/duration.ts";
import type { Contract } from "./outbox.ts";
import {
  ALICE,
  answer,
  BOB,
  CAROL,
  claimInvitation,
  claimMail,
  DELAY,
  drain,
  invite,
  mailTo,
  present,
  queueMails,
  record,
  recordInvite,
  ROOM,
  SENT,
  START,
  states,
  steps,
} from "./outbox_samples.ts";
import { referenceTo } from "./outbox_suppressions.ts";

const FIRST: RecordRef = { work: "invitations", id: 1 };
const MAIL: RecordRef = { work: "mails", id: 1 };
const DONE = { kind: "done" } as const;

/** Registers the tests of the records. */
export function recordsContract(test: Contract): void {
  test("an invitation that waits is shown with what is known of it", async (subject) => {
    await recordInvite(subject, invite(1));
    assert.deepEqual(present(await subject.outbox.records.invitation(1)), {
      ...{ id: 1, roomId: ROOM, roomName: "Plans 1", invitee: BOB, inviter: ALICE },
      ...{ eventId: "$event1", receivedAt: START, state: "pending", answered: false },
      ...{ waiting: { kind: "due", at: START + DELAY }, attempts: 0, mails: [] },
    });
    assert.equal(await subject.outbox.records.invitation(2), undefined);
    assert.equal(await subject.outbox.records.mail(1), undefined);
  });

  test("a mail is shown in each of its states", async (subject) => {
    const { outbox: { records }, outbox, clock } = subject;
    await queueMails(subject, invite(1));
    const queuedAt = clock.now();
    const queued = await records.mail(1);
    assert.deepEqual(present({ ...queued, messageId: "" }), {
      ...{ id: 1, userId: BOB, address: "bob@example.org", messageId: "", queuedAt },
      ...{ state: "queued", waiting: { kind: "due", at: queuedAt }, attempts: 0 },
      ...{ invitations: [1], isOpen: true },
    });
    const claim = await claimMail(subject);
    assert.equal(queued?.messageId, claim.messageId);
    assert.deepEqual((await records.mail(1))?.waiting, { kind: "claimed" });
    const until = clock.now() + 5000;
    const outcome = { kind: "deferred", reason: "451 later", until, replyCode: 451 } as const;
    await outbox.settleMail(claim, outcome);
    const deferred = await records.mail(1);
    assert.deepEqual(
      [deferred?.waiting, deferred?.attempts, deferred?.reason, deferred?.replyCode],
      [{ kind: "due", at: until }, 1, "451 later", 451],
    );
    clock.set(until);
    await outbox.settleMail(await claimMail(subject), SENT);
    const sent = await records.mail(1);
    assert.deepEqual([sent?.state, sent?.sentAt, sent?.waiting], ["sent", until, { kind: "no" }]);
  });

  test("what waits for a limit says which", async (subject) => {
    const { outbox, clock } = subject;
    for (const number of [1, 2]) {
      await recordInvite(subject, invite(number, { room: `!${number}:x` }));
    }
    clock.advance(DELAY);
    const perInviter = { count: 1, per: 3_600_000 };
    assert.equal((await outbox.claimInvitations(10, { perInviter })).length, 1);
    assert.deepEqual((await outbox.records.invitation(1))?.waiting, { kind: "claimed" });
    assert.deepEqual((await outbox.records.invitation(2))?.waiting, {
      kind: "parked",
      limit: "inviter",
    });
    for (const id of [1, 2]) {
      const refusal = id === 1 ? "being worked on" : "waits for a limit";
      const result = await outbox.records.retry({ work: "invitations", id });
      assert.deepEqual(result, { kind: "refused", refusal });
    }
  });

  test("lists are by state and person, the latest first, and bounded", async (subject) => {
    const { outbox: { records } } = subject;
    await queueMails(subject, invite(1), ["bob@example.org", "bob@corp.example"]);
    await recordInvite(subject, invite(2, { invitee: CAROL }));
    await recordInvite(subject, invite(3, { room: "!other:x.org" }));
    const invitations = async (query: Parameters<typeof records.invitations>[0]) =>
      (await records.invitations(query)).map(({ id }) => id);
    assert.deepEqual(await invitations({ count: 10 }), [3, 2, 1]);
    assert.deepEqual(await invitations({ count: 2 }), [3, 2]);
    assert.deepEqual(await invitations({ count: 10, state: "pending" }), [3, 2]);
    assert.deepEqual(await invitations({ count: 10, user: BOB }), [3, 1]);
    assert.deepEqual(await invitations({ count: 10, user: BOB, state: "resolved" }), [1]);
    const mails = async (query: Parameters<typeof records.mails>[0]) =>
      (await records.mails(query)).map(({ id }) => id);
    assert.deepEqual(await mails({ count: 10 }), [2, 1]);
    assert.deepEqual(await mails({ count: 1, state: "queued", user: BOB }), [2]);
    assert.deepEqual(await mails({ count: 1, user: CAROL }), []);
    assert.deepEqual((await records.invitation(1))?.mails, [1, 2]);
  });

  test("a timeline is read by itself", async (subject) => {
    await queueMails(subject, invite(1));
    const [history] = await subject.outbox.histories(BOB, 1);
    assert.deepEqual(await subject.outbox.records.timeline(1), history?.timeline);
    assert.deepEqual(await subject.outbox.records.timeline(2), []);
  });

  test("the summary has what waits, what was sent and the reasons of the others", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    await drain(subject);
    const since = clock.now() + 1;
    clock.advance(5000);
    await recordInvite(subject, invite(2, { room: "!a:x.org" }));
    await recordInvite(subject, invite(3, { room: "!b:x.org" }));
    await recordInvite(subject, invite(4, { room: "!c:x.org" }));
    const receivedAt = clock.now();
    clock.advance(DELAY);
    const claims = await outbox.claimInvitations(2);
    for (const claim of claims) {
      await outbox.settleInvitation(claim, { kind: "skipped", reason: "no address" });
    }
    assert.deepEqual(present(await outbox.records.summary(since)), {
      invitations: { pending: 1, resolved: 1, skipped: 2 },
      mails: { sent: 1 },
      oldest: { invitations: receivedAt },
      limited: {},
      sentSince: { at: since, count: 0 },
      bouncedSince: 0,
      reasons: [{ work: "invitations", state: "skipped", reason: "no address", count: 2 }],
    });
    assert.equal((await outbox.records.summary(0)).sentSince.count, 1);
  });

  test("many rows are all counted, and all of their keys deleted", async ({ outbox, clock }) => {
    const many = Array.from(
      { length: 1001 },
      (_, number) => invite(number, { room: `!room${number}:example.org` }),
    );
    const now = clock.now();
    await outbox.record(many, { receivedAt: now, dueAt: now });
    const { invitations, oldest } = await outbox.records.standing();
    assert.deepEqual([invitations, oldest.invitations], [{ pending: 1001 }, now]);
    clock.advance(365 * DAY);
    assert.equal(await outbox.prune(), 1001);
  });

  test("retrying a deferred mail makes it due at once, as if it was never tried", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    const claim = await claimMail(subject);
    const until = clock.now() + 500_000;
    await outbox.settleMail(claim, { kind: "deferred", reason: "x", until, hung: true });
    assert.deepEqual(await outbox.records.retry(MAIL), DONE);
    assert.deepEqual(await claimMail(subject), { ...claim, fence: claim.fence + 1 });
    assert.deepEqual(await steps(subject), [["seen", "resolved", "deferred", "retried"]]);
  });

  test("retrying announces the work", async (subject) => {
    await recordInvite(subject, invite(1));
    let announced = 0;
    subject.outbox.onWork(() => announced++);
    assert.deepEqual(await subject.outbox.records.retry(FIRST), DONE);
    assert.equal(announced, 1);
    assert.equal((await claimInvitation(subject)).id, 1);
  });

  for (const kind of ["rejected", "expired"] as const) {
    test(`a mail that is ${kind} can be retried`, async (subject) => {
      await queueMails(subject, invite(1));
      const first = await claimMail(subject);
      await subject.outbox.settleMail(first, { kind, reason: "no", replyCode: 550 });
      assert.deepEqual(await subject.outbox.records.retry(MAIL), DONE);
      const again = await claimMail(subject);
      assert.deepEqual([again.messageId, again.attempts], [first.messageId, 0]);
      await subject.outbox.settleMail(again, SENT);
      assert.deepEqual((await subject.outbox.counts()).mails, { sent: 1 });
    });
  }

  for (const kind of ["skipped", "failed"] as const) {
    test(`an invitation that is ${kind} can be retried`, async (subject) => {
      await recordInvite(subject, invite(1));
      subject.clock.advance(DELAY);
      const outcome = { kind, reason: "no address" };
      await subject.outbox.settleInvitation(await claimInvitation(subject), outcome);
      assert.deepEqual(await subject.outbox.records.retry(FIRST), DONE);
      assert.deepEqual(await states(subject), ["pending"]);
      assert.equal((await drain(subject)).length, 1);
    });
  }

  test("what is sent, answered, cancelled or in work is not retried", async (subject) => {
    const { outbox } = subject;
    const refused = (refusal: string) => ({ kind: "refused", refusal });
    await queueMails(subject, invite(1));
    assert.deepEqual(await outbox.records.retry(FIRST), refused("has mails"));
    const claim = await claimMail(subject);
    assert.deepEqual(await outbox.records.retry(MAIL), refused("being worked on"));
    await outbox.settleMail(claim, { kind: "rejected", reason: "no" });
    await record(subject, answer(2));
    assert.deepEqual(await outbox.records.retry(MAIL), refused("answered"));
    assert.deepEqual(await outbox.records.retry(FIRST), refused("answered"));
    await queueMails(subject, invite(3));
    await outbox.settleMail(await claimMail(subject), SENT);
    assert.deepEqual(await outbox.records.retry({ work: "mails", id: 2 }), refused("sent"));
    await queueMails(subject, invite(4, { room: "!other:x.org" }));
    await outbox.records.cancel({ work: "mails", id: 3 });
    const third = { work: "mails", id: 3 } as const;
    assert.deepEqual(await outbox.records.retry(third), refused("cancelled"));
    assert.deepEqual(await outbox.records.retry({ work: "mails", id: 99 }), { kind: "unknown" });
  });

  test("a cancelled invitation ends, and is never claimed", async (subject) => {
    await recordInvite(subject, invite(1));
    assert.deepEqual(await subject.outbox.records.cancel(FIRST), DONE);
    subject.clock.advance(DELAY);
    assert.deepEqual(await drain(subject), []);
    assert.deepEqual(await states(subject), ["cancelled: cancelled by the administrator"]);
    assert.deepEqual(await steps(subject), [["seen", "cancelled"]]);
    assert.equal(await subject.outbox.expectsAnswers(), false);
    const again = await subject.outbox.records.cancel(FIRST);
    assert.deepEqual(again, { kind: "refused", refusal: "ended" });
  });

  test("an invitation is cancelled with its mails that wait", async (subject) => {
    const { outbox } = subject;
    await queueMails(subject, invite(1), ["bob@example.org", "bob@corp.example"]);
    assert.deepEqual(await outbox.records.cancel(FIRST), DONE);
    assert.deepEqual(await outbox.counts(), {
      invitations: { cancelled: 1 },
      mails: { cancelled: 2 },
    });
    assert.equal(await outbox.nextDue("mails"), undefined);
  });

  test("an invitation of which one mail was sent stays, without the others", async (subject) => {
    const { outbox } = subject;
    await queueMails(subject, invite(1), ["bob@example.org", "bob@corp.example"]);
    const [claim] = await outbox.claimMails({ count: 1, perAddress: null });
    assert(claim);
    assert.deepEqual(await outbox.records.cancel(FIRST), refusedAtWork());
    await outbox.settleMail(claim, SENT);
    assert.deepEqual(await outbox.records.cancel(FIRST), DONE);
    assert.deepEqual(await outbox.counts(), {
      invitations: { resolved: 1 },
      mails: { cancelled: 1, sent: 1 },
    });
    const again = await outbox.records.cancel(FIRST);
    assert.deepEqual(again, { kind: "refused", refusal: "sent" });
  });

  test("a cancelled mail ends its invitation, unless that has another", async (subject) => {
    const { outbox } = subject;
    await queueMails(subject, invite(1), ["bob@example.org", "bob@corp.example"]);
    assert.deepEqual(await outbox.records.cancel(MAIL), DONE);
    assert.deepEqual(await states(subject), ["resolved"]);
    assert.deepEqual(await outbox.records.cancel({ work: "mails", id: 2 }), DONE);
    assert.deepEqual(await states(subject), ["cancelled: cancelled by the administrator"]);
    const again = await outbox.records.cancel(MAIL);
    assert.deepEqual(again, { kind: "refused", refusal: "ended" });
  });

  test("finished invitations are deleted with their mails after a while, others are not", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1), ["bob@example.org", "bob@corp.example"]);
    const [first, second] = await outbox.claimMails({ count: 2, perAddress: null });
    assert(first && second);
    await outbox.settleMail(first, SENT);
    const until = clock.now() + 1000;
    await outbox.settleMail(second, { kind: "deferred", reason: "x", until });
    await recordInvite(subject, invite(2, { room: "!waits:x.org" }));
    const later = clock.now() + 1;
    assert.equal(await outbox.pruneFinished(later), 0);
    clock.set(until);
    await outbox.settleMail(await claimMail(subject), { kind: "rejected", reason: "no" });
    assert.equal(await outbox.pruneFinished(until), 0);
    assert.equal(await outbox.pruneFinished(until + 1), 1);
    assert.deepEqual(await outbox.counts(), { invitations: { pending: 1 }, mails: {} });
    assert.deepEqual(await record(subject, invite(1)), [{ kind: "known" }]);
  });

  test("more finished invitations than one slice holds are deleted", async (subject) => {
    const { outbox } = subject;
    const changes = Array.from({ length: 450 }, (_, n) => [
      invite(n, { room: `!${n}:x.org` }),
      answer(n, { room: `!${n}:x.org` }),
    ]).flat();
    await record(subject, ...changes);
    assert.equal(await outbox.pruneFinished(subject.clock.now() + 1), 450);
    assert.deepEqual((await outbox.counts()).invitations, {});
  });

  test("what was deleted still counts against the limits", async (subject) => {
    const { outbox, clock } = subject;
    const perAddress = { count: 2, per: 24 * 3_600_000 };
    const perInviter = { count: 2, per: 3_600_000 };
    const sendTo = async (number: number) => {
      await recordInvite(subject, invite(number, { room: `!${number}:x.org` }));
      clock.advance(DELAY);
      const [claim] = await outbox.claimInvitations(1, { perInviter });
      if (claim === undefined) return "inviter";
      const mails = [mailTo("bob@example.org")];
      await outbox.settleInvitation(claim, { kind: "resolved", mails });
      const [mail] = await outbox.claimMails({ count: 1, perAddress });
      if (mail === undefined) return "address";
      await outbox.settleMail(mail, SENT);
      return "sent";
    };
    for (const number of [1, 2]) assert.equal(await sendTo(number), "sent");
    assert.equal(await outbox.pruneFinished(clock.now() + 1), 2);
    assert.equal(await sendTo(3), "inviter");
    clock.advance(perInviter.per);
    assert.equal(await sendTo(4), "address");
    const due = await outbox.nextDue("mails");
    assert.equal(due, START + DELAY + perAddress.per);
    clock.set(due);
    assert.equal((await outbox.claimMails({ count: 9, perAddress })).length, 1);
  });

  test("a person is forgotten, nobody else, and a replay mails nobody", async (subject) => {
    const { outbox } = subject;
    const own = invite(1);
    await queueMails(subject, own, ["bob@example.org", "shared@example.org"]);
    await queueMails(subject, invite(2, { invitee: CAROL }), ["shared@example.org"]);
    await recordInvite(subject, invite(3, { room: "!other:x.org" }));
    assert.deepEqual(await outbox.records.forget(BOB), { invitations: 2, mails: 2, choices: 0 });
    assert.deepEqual(await outbox.histories(BOB, 10), []);
    assert.deepEqual(await outbox.counts(), { invitations: { resolved: 1 }, mails: { queued: 1 } });
    assert.deepEqual(await record(subject, own), [{ kind: "known" }]);
    assert.deepEqual(await outbox.records.forget(BOB), { invitations: 0, mails: 0, choices: 0 });
    assert.deepEqual((await drain(subject)).map(({ userId }) => userId), [CAROL]);
  });

  test("what waits for the limit of a shared address goes on when another is forgotten", async (subject) => {
    const { outbox, clock } = subject;
    const perAddress = { count: 1, per: 3_600_000 };
    const address = ["shared@example.org"];
    for (const [number, invitee] of [BOB, CAROL, BOB].entries()) {
      await queueMails(subject, invite(number, { invitee, room: `!${number}:x.org` }), address);
    }
    const [first] = await outbox.claimMails({ count: 3, perAddress });
    assert(first);
    await outbox.settleMail(first, SENT);
    await outbox.records.forget(BOB);
    assert((await outbox.nextDue("mails") ?? 0) <= clock.now() + perAddress.per);
    clock.advance(perAddress.per);
    const [second] = await outbox.claimMails({ count: 3, perAddress });
    assert.equal(second?.userId, CAROL);
  });

  test("work on somebody who is forgotten meanwhile is lost", async (subject) => {
    await queueMails(subject, invite(1));
    const claim = await claimMail(subject);
    await subject.outbox.records.forget(BOB);
    assert.deepEqual(await subject.outbox.settleMail(claim, SENT), { kind: "lost" });
  });

  test("a forgotten person's choices stay, as hashes", async (subject) => {
    const { outbox } = subject;
    await queueMails(subject, invite(1));
    const mail = referenceTo(subject, 1, { address: "bob@example.org" });
    await outbox.suppressions.suppress(mail, "room", "page");
    await outbox.suppressions.suppress(mail, "inviter", "page");
    assert.deepEqual((await outbox.records.forget(BOB)).choices, 2);
    const left = await outbox.suppressions.list();
    assert.deepEqual(
      left.map(({ scope, addressKey, userId, target }) => [scope, addressKey, userId, target]),
      [["room", undefined, undefined, undefined], ["inviter", undefined, undefined, undefined]],
    );
    await recordInvite(subject, invite(2));
    subject.clock.advance(DELAY);
    assert.deepEqual(await drain(subject), []);
    assert.deepEqual(await states(subject), ["skipped: suppressed"]);
    assert.equal(await outbox.suppressions.lift({ addressKey: "bob@example.org" }), 2);
  });

  test("somebody who is invited again after a cancellation is mailed", async (subject) => {
    await queueMails(subject, invite(1));
    await subject.outbox.records.cancel(FIRST);
    await recordInvite(subject, invite(2));
    subject.clock.advance(DELAY);
    assert.equal((await drain(subject)).length, 1);
  });
}

function refusedAtWork(): unknown {
  return { kind: "refused", refusal: "being worked on" };
}
