/**
 * How every outbox records invites and answers, in any order and any number of times.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DAY } from "../../src/settings/duration.ts";
import type { Contract } from "./outbox.ts";
import {
  ALICE,
  answer,
  BOB,
  CAROL,
  claimMail,
  DELAY,
  drain,
  invite,
  present,
  queueMails,
  record,
  recordInvite,
  SENT,
  START,
  states,
  steps,
} from "./outbox_samples.ts";

/** Registers the tests of identity and order. */
export function orderContract(test: Contract): void {
  test("a replayed body changes nothing, whatever has become of its invitation", async (subject) => {
    const body = [invite(1)];
    await record(subject, ...body);
    assert.deepEqual(await record(subject, ...body), [{ kind: "known" }]);
    subject.clock.advance(DELAY);
    assert.equal((await drain(subject)).length, 1);
    assert.deepEqual(await record(subject, ...body), [{ kind: "known" }]);
    await record(subject, answer(2));
    assert.deepEqual(await record(subject, ...body), [{ kind: "known" }]);
    subject.clock.advance(DELAY);
    assert.deepEqual(await drain(subject), []);
    assert.deepEqual(await states(subject), ["resolved"]);
  });

  test("an invite is due after the delay, and the mail has its facts", async (subject) => {
    assert.deepEqual(present(await record(subject, invite(1))), [
      { kind: "seen", invitation: 1, dueAt: START + DELAY },
    ]);
    subject.clock.advance(DELAY - 1);
    assert.deepEqual(await subject.outbox.claimInvitations(10), []);
    subject.clock.advance(1);
    const [mail] = await drain(subject);
    assert.deepEqual(present(mail?.invitations), [{
      id: 1,
      roomId: "!plans:example.org",
      inviter: ALICE,
      originTs: START + 1,
      receivedAt: START,
      facts: invite(1).invitation.facts,
    }]);
  });

  test("an invite that is too old is remembered and ends at once", async (subject) => {
    await record(subject, invite(1));
    const { invitation } = invite(2, { inviter: CAROL });
    const [recorded] = await record(subject, { kind: "too old", invitation });
    assert.deepEqual(recorded, { kind: "too old", invitation: 2 });
    assert.deepEqual(await record(subject, invite(2, { inviter: CAROL })), [{ kind: "known" }]);
    assert.deepEqual(await record(subject, { kind: "too old", invitation }), [{ kind: "known" }]);
    // Nothing else is known of it: the one that waits is mailed.
    assert.deepEqual(await states(subject), ["skipped: too old", "pending"]);
    assert.deepEqual((await steps(subject))[0], ["seen", "skipped"]);
    await record(subject, answer(3));
    assert.deepEqual(await states(subject), ["skipped: too old", "cancelled: joined"]);
  });

  test("an invitation says whether it came late, until it is retried", async (subject) => {
    const { invitation } = invite(1);
    await record(subject, { kind: "invite", invitation: { ...invitation, late: true } });
    await record(subject, invite(2, { invitee: CAROL }));
    subject.clock.advance(DELAY);
    const claimed = await subject.outbox.claimInvitations(10);
    assert.deepEqual(claimed.map(({ late }) => late), [true, false]);
    for (const claim of claimed) {
      await subject.outbox.settleInvitation(claim, { kind: "skipped", reason: "too old" });
    }
    await subject.outbox.records.retry({ work: "invitations", id: 1 });
    const [again] = await subject.outbox.claimInvitations(10);
    assert.equal(again?.late, false);
  });

  test("since when the homeserver is catching up is kept until it no longer is", async (subject) => {
    assert.equal(await subject.outbox.catchingUpSince(), undefined);
    for (const since of [START, START + 1]) {
      await subject.outbox.setCatchingUp(since);
      assert.equal(await subject.outbox.catchingUpSince(), since);
    }
    await subject.outbox.setCatchingUp(undefined);
    await subject.outbox.setCatchingUp(undefined);
    assert.equal(await subject.outbox.catchingUpSince(), undefined);
  });

  const parts = { "the leave": [1], "its first two": [0, 1], "both ends": [0, 2] };
  for (const [what, part] of Object.entries(parts)) {
    test(`[invite, leave, invite] rebuilt as ${what} changes nothing`, async (subject) => {
      const body = [invite(1), answer(2), invite(3)];
      await record(subject, ...body);
      await record(subject, ...body.filter((_, place) => part.includes(place)));
      assert.deepEqual(await states(subject), ["pending", "cancelled: joined"]);
    });
  }

  test("[leave, invite] rebuilt without the invite leaves it alive", async (subject) => {
    await record(subject, answer(1), invite(2));
    assert.deepEqual(await record(subject, answer(1)), [{ kind: "known" }]);
    assert.deepEqual(await states(subject), ["pending"]);
  });

  test("the same event twice in a body is one invitation", async (subject) => {
    const recorded = await record(subject, invite(1), invite(1));
    assert.deepEqual(recorded.map(({ kind }) => kind).sort(), ["known", "seen"]);
    subject.clock.advance(DELAY);
    assert.equal((await drain(subject)).length, 1);
  });

  test("several answers of one person in one body are one answer", async (subject) => {
    await record(subject, invite(1));
    const recorded = await record(
      subject,
      answer(2),
      answer(3, { how: "declined" }),
      answer(4, { how: "banned" }),
    );
    assert.deepEqual(recorded.map(({ kind }) => kind), ["answered", "known", "known"]);
    assert.deepEqual(await states(subject), ["cancelled: joined"]);
  });

  test("a new invite takes the place and the due time of a pending one", async (subject) => {
    await record(subject, invite(1));
    subject.clock.advance(DELAY - 1);
    assert.deepEqual(await record(subject, invite(2, { inviter: CAROL })), [
      { kind: "seen", invitation: 2, dueAt: START + DELAY, replaces: 1 },
    ]);
    subject.clock.advance(1);
    const mails = await drain(subject);
    assert.deepEqual(mails.map(({ invitations }) => invitations.map(({ id }) => id)), [[2]]);
    assert.deepEqual(await states(subject), ["resolved", "cancelled: superseded"]);
    assert.deepEqual((await steps(subject))[1], ["seen", "superseded"]);
  });

  test("a deferred invitation's later due time postpones no newer invite", async (subject) => {
    await record(subject, invite(1));
    subject.clock.advance(DELAY);
    const [claim] = await subject.outbox.claimInvitations(1);
    assert(claim);
    const until = subject.clock.now() + DAY;
    await subject.outbox.settleInvitation(claim, { kind: "deferred", reason: "down", until });
    const [recorded] = await record(subject, invite(2));
    assert(recorded?.kind === "seen");
    assert.equal(recorded.dueAt, subject.clock.now() + DELAY);
  });

  test("an invite over a mailed invite is merged into it", async (subject) => {
    await queueMails(subject, invite(1));
    const over = invite(2, { reinvite: true, inviter: CAROL });
    assert.deepEqual(await record(subject, over), [{ kind: "merged", invitation: 1 }]);
    await subject.outbox.settleMail(await claimMail(subject), SENT);
    const again = invite(3, { reinvite: true });
    assert.deepEqual(await record(subject, again), [{ kind: "merged", invitation: 1 }]);
    assert.deepEqual(await record(subject, over, again), [{ kind: "known" }, { kind: "known" }]);
    assert.deepEqual(await steps(subject), [["seen", "resolved", "merged", "sent", "merged"]]);
  });

  test("an invite over an unknown invite is a new one", async (subject) => {
    await recordInvite(subject, invite(1, { reinvite: true }));
    subject.clock.advance(DELAY);
    assert.equal((await drain(subject)).length, 1);
  });

  test("an invite over one whose mails all failed is a new one", async (subject) => {
    await queueMails(subject, invite(1));
    const claim = await claimMail(subject);
    await subject.outbox.settleMail(claim, { kind: "rejected", reason: "no such mailbox" });
    await recordInvite(subject, invite(2, { reinvite: true }));
  });

  test("an invite over one that was skipped is a new one", async (subject) => {
    await recordInvite(subject, invite(1));
    subject.clock.advance(DELAY);
    const [claim] = await subject.outbox.claimInvitations(1);
    assert(claim);
    const outcome = { kind: "skipped", reason: "no address" } as const;
    await subject.outbox.settleInvitation(claim, outcome);
    await recordInvite(subject, invite(2, { reinvite: true }));
  });

  test("a new invite after a mailed and answered one mails again", async (subject) => {
    await record(subject, invite(1));
    subject.clock.advance(DELAY);
    await drain(subject);
    await record(subject, answer(2, { how: "declined" }));
    await record(subject, invite(3));
    subject.clock.advance(DELAY);
    assert.equal((await drain(subject)).length, 1);
  });

  test("an invite pushed ahead of [older invite, leave, itself] stays alive", async (subject) => {
    const pushed = await recordInvite(subject, invite(3));
    const body = [invite(1), answer(2, { how: "withdrawn" }), invite(3)];
    await record(subject, ...body);
    await record(subject, ...body);
    subject.clock.advance(DELAY);
    const mails = await drain(subject);
    assert.deepEqual(mails.map(({ invitations }) => invitations.map(({ id }) => id)), [[pushed]]);
  });

  test("an invite pushed ahead of [older invite, itself] is the only one", async (subject) => {
    const pushed = await recordInvite(subject, invite(2));
    assert.deepEqual(await record(subject, invite(1), invite(2)), [
      { kind: "merged", invitation: pushed },
      { kind: "known" },
    ]);
    subject.clock.advance(DELAY);
    assert.equal((await drain(subject)).length, 1);
    assert.deepEqual(await record(subject, invite(1)), [{ kind: "known" }]);
  });

  test("keys outlive all else until they are pruned", async (subject) => {
    const { outbox, clock } = subject;
    await record(subject, invite(1));
    await record(subject, answer(2));
    clock.advance(29 * DAY);
    assert.equal(await outbox.prune(), 0);
    assert.deepEqual(await record(subject, invite(1)), [{ kind: "known" }]);
    clock.advance(2 * DAY);
    assert.equal(await outbox.prune(), 2);
    assert.equal(await outbox.prune(), 0);
    // Its row is still there, and an age limit may have become longer.
    assert.deepEqual(await record(subject, invite(1)), [{ kind: "known" }]);
  });

  test("the key of an invite from the future is kept no longer than others", async (subject) => {
    const { outbox, clock } = subject;
    await record(subject, invite(9000 * DAY));
    await record(subject, answer(9001 * DAY));
    clock.advance(29 * DAY);
    assert.equal(await outbox.prune(), 0);
    assert.deepEqual(await record(subject, invite(9000 * DAY)), [{ kind: "known" }]);
    clock.advance(2 * DAY);
    assert.equal(await outbox.prune(), 2);
  });

  test("a body of thousands is recorded by the rules of one body", async (subject) => {
    const more = Array.from(
      { length: 2500 },
      (_, index) => invite(index, { room: `!${index}:example.org` }),
    );
    // The last of them was pushed before: neither an answer nor an older invite may touch it.
    const pushed = await recordInvite(subject, invite(9));
    const body = [invite(7), answer(8, { how: "declined" }), ...more, invite(9)];
    const recorded = await record(subject, ...body);
    assert.equal(recorded.length, body.length);
    assert.deepEqual(recorded[0], { kind: "merged", invitation: pushed });
    assert.deepEqual(recorded.at(-1), { kind: "known" });
    assert.equal(recorded.filter(({ kind }) => kind === "seen").length, more.length);
    assert((await record(subject, ...body)).every(({ kind }) => kind === "known"));
    const [latest] = (await subject.outbox.histories(BOB, 10_000)).filter(({ invitation }) =>
      invitation === pushed
    );
    assert.equal(latest?.state, "pending");
  });

  test("a body that was recorded in part is completed when it comes again", async (subject) => {
    const more = Array.from(
      { length: 500 },
      (_, index) => invite(index, { room: `!${index}:example.org` }),
    );
    const body = [invite(1), answer(2), ...more, invite(3)];
    await record(subject, ...body.slice(0, 200));
    const recorded = await record(subject, ...body);
    assert(recorded.slice(0, 200).every(({ kind }) => kind === "known"));
    assert(recorded.slice(200).every(({ kind }) => kind === "seen"));
    assert((await record(subject, ...body)).every(({ kind }) => kind === "known"));
  });

  test.thorough("others are served while a body of thousands is recorded", async (subject) => {
    const body = Array.from(
      { length: 2500 },
      (_, index) => invite(index, { room: `!${index}:example.org` }),
    );
    let isDone = false;
    const recording = record(subject, ...body).then(() => isDone = true);
    await new Promise((resolve) => setTimeout(resolve));
    await recordInvite(subject, invite(1, { invitee: CAROL }));
    assert.equal(isDone, false);
    await recording;
  });

  test("hostile text in an event comes back, or is cut, and fails nothing", async (subject) => {
    const texts = ["'; DROP TABLE mails; --", "a\0b", "\ud800", "\u202e", "x".repeat(255), ""];
    const changes = texts.map((inviter, place) =>
      invite(place, { inviter, room: `!${place}\n'"${inviter}` })
    );
    const recorded = await record(subject, ...changes);
    assert(recorded.every(({ kind }) => kind === "seen"));
    assert.deepEqual(
      await record(subject, ...changes),
      texts.map(() => ({ kind: "known" })),
    );
    subject.clock.advance(DELAY);
    assert.equal((await drain(subject)).length, texts.length);
    assert.equal((await subject.outbox.histories(BOB, 100)).length, texts.length);
  });
}
