/**
 * What every outbox does with invitations whose invitees are in the room before they are mailed.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailTo,
  record,
  recordInvite,
  recordWithAdded,
  SENT,
  START,
  states,
  steps,
  type Subject,
} from "./outbox_samples.ts";

const KICKED = answer(8, { how: "withdrawn" });
const OTHER_ROOM = "!other:example.org";
const REMINDER = "<reminder@example.org>";

/** Registers the tests of who was added. */
export function addedContract(test: Contract, testGathering: Contract): void {
  test("a join leaves what is pending open, to be told once it is due", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY - 1);
    assert.deepEqual(await recordWithAdded(subject, answer(2)), [
      { kind: "joined", invitations: [1] },
    ]);
    assert.equal(await outbox.nextDue("invitations"), clock.now() + DELAY);
    clock.advance(DELAY - 1);
    assert.deepEqual(await outbox.claimInvitations(1), []);
    clock.advance(1);
    const claimed = await claimInvitation(subject);
    assert.equal(claimed.facts.joinedAt, START + 2);
    assert.equal(claimed.facts.room.name, "Plans 1");
    assert.deepEqual(await steps(subject), [["seen", "joined"]]);
    assert.equal((await outbox.records.invitation(1))?.answered, true);
  });

  test("it is never due earlier than it was", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    const receivedAt = clock.now();
    await outbox.record([answer(2)], { receivedAt, dueAt: receivedAt, joinedDueAt: receivedAt });
    assert.equal(await outbox.nextDue("invitations"), receivedAt + DELAY);
  });

  test("the mail has the time of the join, of an invite in the same body as well", async (subject) => {
    const mail = await queueAdded(subject, invite(1), answer(2));
    assert.deepEqual(mail.invitations.map(({ facts }) => facts.joinedAt), [START + 2]);
  });

  test("only the first join counts, and each is recorded once", async (subject) => {
    const { outbox } = subject;
    await recordWithAdded(subject, invite(1), answer(2));
    const again = await recordWithAdded(subject, invite(1), answer(2));
    assert.deepEqual(again, [{ kind: "known" }, { kind: "known" }]);
    // A new name is a join as well.
    await recordWithAdded(subject, answer(3));
    subject.clock.advance(DELAY);
    assert.equal((await claimInvitation(subject)).facts.joinedAt, START + 2);
    assert.deepEqual(await steps(subject), [["seen", "joined"]]);
    assert.equal((await outbox.counts()).invitations.pending, 1);
  });

  for (const how of ["declined", "withdrawn", "banned"] as const) {
    test(`who is ${how} before the mail leaves is not told`, async (subject) => {
      await recordWithAdded(subject, invite(1), answer(2), answer(3, { how }));
      assert.deepEqual(await states(subject), [`cancelled: ${how}`]);
      assert.equal(await subject.outbox.nextDue("invitations"), undefined);
    });
  }

  test("who is removed while the mail waits, or is being sent, is not told", async (subject) => {
    const { outbox } = subject;
    const mail = await queueAdded(subject, invite(1), answer(2));
    await record(subject, KICKED);
    await outbox.settleMail(mail, { kind: "released" });
    assert.deepEqual(await outbox.counts(), {
      invitations: { cancelled: 1 },
      mails: { cancelled: 1 },
    });
  });

  test("a new name of who was added ends nothing, whether the mail waits or was sent", async (subject) => {
    const { outbox } = subject;
    const mail = await queueAdded(subject, invite(1), answer(2));
    assert.deepEqual(await recordWithAdded(subject, answer(3)), [{ kind: "known" }]);
    // The setting was changed.
    assert.deepEqual(await record(subject, answer(4)), [{ kind: "known" }]);
    await outbox.settleMail(mail, SENT);
    await record(subject, answer(5));
    assert.deepEqual(await outbox.counts(), { invitations: { resolved: 1 }, mails: { sent: 1 } });
    assert.deepEqual(await steps(subject), [["seen", "joined", "resolved", "sent"]]);
  });

  test("a join while it is looked up takes the claim away", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const claim = await claimInvitation(subject);
    await recordWithAdded(subject, answer(2));
    const outcome = { kind: "resolved", mails: [mailTo("bob@example.org")] } as const;
    assert.deepEqual(await outbox.settleInvitation(claim, outcome), { kind: "lost" });
    clock.advance(DELAY);
    assert.equal((await claimInvitation(subject)).facts.joinedAt, START + 2);
  });

  test("a join ends an invitation that has a mail", async (subject) => {
    const { outbox } = subject;
    await recordInvite(subject, invite(1));
    subject.clock.advance(DELAY);
    const mails = [mailTo("bob@example.org")];
    await outbox.settleInvitation(await claimInvitation(subject), { kind: "resolved", mails });
    const [recorded] = await recordWithAdded(subject, answer(2));
    assert.deepEqual(recorded, { kind: "answered", invitations: [1], cancelledMails: 1 });
    assert.deepEqual(await states(subject), ["cancelled: joined"]);
  });

  test("where nobody is told, a join ends it", async (subject) => {
    await recordInvite(subject, invite(1));
    const [recorded] = await record(subject, answer(2));
    assert.deepEqual(recorded, { kind: "answered", invitations: [1], cancelledMails: 0 });
  });

  testGathering("a reminder is about the invitations beside it alone", async (subject) => {
    const { outbox, clock } = subject;
    const beside = invite(3, { room: OTHER_ROOM });
    await recordWithAdded(subject, invite(1), beside, answer(2));
    clock.advance(DELAY);
    for (const claim of await outbox.claimInvitations(9)) {
      const mails = [mailTo("bob@example.org")];
      await outbox.settleInvitation(claim, { kind: "resolved", mails });
    }
    const mail = await claimMail(subject);
    assert.deepEqual(
      mail.invitations.map(({ id, facts }) => [id, facts.joinedAt]),
      [[1, START + 2], [2, undefined]],
    );
    const dueAt = clock.now() + 1000;
    await outbox.settleMail(mail, { ...SENT, reminder: { messageId: REMINDER, dueAt } });
    clock.set(dueAt);
    assert.deepEqual((await claimMail(subject)).invitations.map(({ id }) => id), [2]);
  });

  test("there is no reminder of it", async (subject) => {
    const { outbox, clock } = subject;
    const alone = await queueAdded(subject, invite(1), answer(2));
    const reminder = () => ({ messageId: REMINDER, dueAt: clock.now() + 1000 });
    await outbox.settleMail(alone, { ...SENT, reminder: reminder() });
    assert.equal(await outbox.nextDue("mails"), undefined);
    assert.deepEqual(await outbox.counts(), { invitations: { resolved: 1 }, mails: { sent: 1 } });
  });

  test("who was added, removed and invited again is told again", async (subject) => {
    const { outbox, clock } = subject;
    await outbox.settleMail(await queueAdded(subject, invite(1), answer(2)), SENT);
    await record(subject, KICKED);
    await recordInvite(subject, invite(9));
    clock.advance(DELAY);
    assert.equal((await claimInvitation(subject)).mailedBefore, undefined);
  });

  test("who was mailed, declined and is added is told", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const mails = [mailTo("bob@example.org")];
    await outbox.settleInvitation(await claimInvitation(subject), { kind: "resolved", mails });
    await outbox.settleMail(await claimMail(subject), SENT);
    await record(subject, answer(2, { how: "declined" }));
    await recordWithAdded(subject, invite(3), answer(4));
    clock.advance(DELAY);
    assert.equal((await claimInvitation(subject)).mailedBefore, undefined);
    assert.deepEqual(await steps(subject), [
      ["seen", "joined"],
      ["seen", "resolved", "sent", "answered", "joined"],
    ]);
  });

  test("a join that is found for one invitation leaves others alone", async (subject) => {
    await recordInvite(subject, invite(1));
    await recordInvite(subject, invite(1, { room: OTHER_ROOM }));
    const join = answer(2);
    const only = { ...join, answer: { ...join.answer, only: ["another"] } };
    await recordWithAdded(subject, only);
    assert.deepEqual(await states(subject), ["pending", "pending"]);
    assert.deepEqual(await steps(subject), [["seen"], ["seen"]]);
  });
}

/** Records the changes, and claims the mail that is made of them. */
async function queueAdded(subject: Subject, ...changes: Parameters<typeof recordWithAdded>[1][]) {
  const { outbox, clock } = subject;
  await recordWithAdded(subject, ...changes);
  clock.advance(DELAY);
  const claim = await claimInvitation(subject);
  assert.equal(claim.invitee, BOB);
  const mails = [mailTo("bob@example.org")];
  await outbox.settleInvitation(claim, { kind: "resolved", mails });
  return await claimMail(subject);
}
