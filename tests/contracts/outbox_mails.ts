/**
 * What every outbox does with a mail from its claim to its end.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type InvitationOutcome, type MailOutcome, OutboxError } from "../../src/outbox/port.ts";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  CAROL,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailTo,
  PAST_LEASE,
  queueMails,
  record,
  recordInvite,
  SENT,
  states,
  steps,
} from "./outbox_samples.ts";

const TWO = ["bob@example.org", "bob@home.example"];

/** Registers the tests of a mail's states. */
export function mailsContract(test: Contract): void {
  for (const kind of ["sent", "rejected", "expired"] as const) {
    test(`a mail that is ${kind} ends`, async (subject) => {
      const { outbox, clock } = subject;
      await queueMails(subject, invite(1));
      const outcome: MailOutcome = kind === "sent" ? SENT : { kind, reason: "no", replyCode: 550 };
      await outbox.settleMail(await claimMail(subject), outcome);
      assert.deepEqual((await outbox.counts()).mails, { [kind]: 1 });
      assert.deepEqual(await steps(subject), [["seen", "resolved", kind]]);
      assert.equal(await outbox.nextDue("mails"), undefined);
      assert.equal(await outbox.expectsAnswers(), false);
      clock.advance(PAST_LEASE);
      assert.deepEqual(await outbox.claimMails({ count: 10, perAddress: null }), []);
    });
  }

  test("a deferred mail comes back at its time with the same Message-ID", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    const first = await claimMail(subject);
    const since = clock.now();
    let last = first;
    for (const attempts of [1, 2]) {
      const until = clock.now() + 60_000;
      await outbox.settleMail(last, { kind: "deferred", reason: "busy", replyCode: 450, until });
      assert.equal(await outbox.nextDue("mails"), until);
      clock.advance(59_999);
      assert.deepEqual(await outbox.claimMails({ count: 1, perAddress: null }), []);
      clock.advance(1);
      last = await claimMail(subject);
      assert.deepEqual(last, {
        ...first,
        fence: first.fence + attempts,
        attempts,
        deferredSince: since,
      });
    }
    assert.deepEqual(await steps(subject), [["seen", "resolved", "deferred", "deferred"]]);
  });

  test("a released mail is due again at once, as if nothing had been", async (subject) => {
    await queueMails(subject, invite(1));
    const claim = await claimMail(subject);
    await subject.outbox.settleMail(claim, { kind: "released" });
    assert.deepEqual(await claimMail(subject), { ...claim, fence: claim.fence + 1 });
    assert.deepEqual(await steps(subject), [["seen", "resolved"]]);
  });

  test("the mail that is due the longest is claimed first", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    const first = await claimMail(subject);
    await outbox.settleMail(first, { kind: "deferred", reason: "x", until: clock.now() + 500_000 });
    await queueMails(subject, invite(2, { invitee: CAROL }), ["carol@example.org"]);
    clock.advance(500_000);
    const mails = await outbox.claimMails({ count: 10, perAddress: null });
    assert.deepEqual(mails.map(({ userId }) => userId), [CAROL, BOB]);
  });

  test("a lease that has ended makes the mail claimable, its fence old", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    const dead = await claimMail(subject);
    const leaseEnd = await outbox.nextDue("mails");
    assert(leaseEnd !== undefined && leaseEnd > clock.now());
    clock.set(leaseEnd - 1);
    assert.deepEqual(await outbox.claimMails({ count: 1, perAddress: null }), []);
    clock.set(leaseEnd);
    const alive = await claimMail(subject);
    assert.deepEqual(alive, { ...dead, fence: dead.fence + 1 });
    const until = clock.now();
    for (
      const outcome of [
        SENT,
        { kind: "rejected", reason: "x" },
        { kind: "expired", reason: "x" },
        { kind: "deferred", reason: "x", until },
        { kind: "released" },
      ] as const
    ) await outbox.settleMail(dead, outcome);
    assert.deepEqual((await outbox.counts()).mails, { sending: 1 });
    assert.deepEqual(await steps(subject), [["seen", "resolved"]]);
    await outbox.settleMail(alive, SENT);
    assert.deepEqual((await outbox.counts()).mails, { sent: 1 });
  });

  for (const kind of ["deferred", "released", "sent"] as const) {
    test(`a mail's claim that ended (${kind}) cannot be settled again`, async (subject) => {
      const { outbox, clock } = subject;
      await queueMails(subject, invite(1));
      const claim = await claimMail(subject);
      const until = clock.now();
      await outbox.settleMail(claim, kind === "sent" ? SENT : { kind, reason: "x", until });
      const before = await outbox.histories(BOB, 10);
      await outbox.settleMail(claim, { kind: "rejected", reason: "no" });
      assert.deepEqual(await outbox.histories(BOB, 10), before);
    });
  }

  test("a queued mail is cancelled when its invitation is answered", async (subject) => {
    const { outbox } = subject;
    await queueMails(subject, invite(1), TWO);
    assert.equal(await outbox.expectsAnswers(), true);
    assert.deepEqual(await record(subject, answer(2)), [
      { kind: "answered", invitations: [1], cancelledMails: 2 },
    ]);
    assert.deepEqual(await outbox.counts(), {
      invitations: { cancelled: 1 },
      mails: { cancelled: 2 },
    });
    assert.deepEqual(await states(subject), ["cancelled: joined"]);
    assert.deepEqual(await steps(subject), [
      ["seen", "resolved", "answered", "cancelled", "cancelled"],
    ]);
    assert.equal(await outbox.expectsAnswers(), false);
    assert.equal(await outbox.nextDue("mails"), undefined);
  });

  test("an answer leaves the one of two mails that was sent already", async (subject) => {
    const { outbox } = subject;
    await queueMails(subject, invite(1), TWO);
    const [first] = await outbox.claimMails({ count: 1, perAddress: null });
    assert(first);
    await outbox.settleMail(first, SENT);
    await record(subject, answer(2));
    assert.deepEqual(await outbox.counts(), {
      invitations: { resolved: 1 },
      mails: { sent: 1, cancelled: 1 },
    });
  });

  test("an answer while the mail is sent lets that end", async (subject) => {
    const { outbox } = subject;
    await queueMails(subject, invite(1));
    const claim = await claimMail(subject);
    assert.deepEqual(await record(subject, answer(2)), [
      { kind: "answered", invitations: [1], cancelledMails: 0 },
    ]);
    await outbox.settleMail(claim, SENT);
    assert.deepEqual(await outbox.counts(), { invitations: { resolved: 1 }, mails: { sent: 1 } });
    assert.deepEqual(await steps(subject), [["seen", "resolved", "answered", "sent"]]);
  });

  for (const kind of ["deferred", "released"] as const) {
    test(`an answered mail that is ${kind} is cancelled`, async (subject) => {
      const { outbox, clock } = subject;
      await queueMails(subject, invite(1));
      const claim = await claimMail(subject);
      await record(subject, answer(2));
      await outbox.settleMail(claim, { kind, reason: "busy", until: clock.now() });
      assert.deepEqual(await outbox.counts(), {
        invitations: { cancelled: 1 },
        mails: { cancelled: 1 },
      });
      assert.equal((await steps(subject))[0]?.at(-1), "cancelled");
    });
  }

  test("an answered mail whose lease ends is cancelled, not claimed empty", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    await claimMail(subject);
    await record(subject, answer(2));
    clock.advance(PAST_LEASE);
    assert.deepEqual(await outbox.claimMails({ count: 10, perAddress: null }), []);
    assert.deepEqual((await outbox.counts()).mails, { cancelled: 1 });
  });

  test("answers are expected while a mail is queued or being sent", async (subject) => {
    const { outbox, clock } = subject;
    assert.equal(await outbox.expectsAnswers(), false);
    await recordInvite(subject, invite(1));
    assert.equal(await outbox.expectsAnswers(), true);
    clock.advance(DELAY);
    const [claim] = await outbox.claimInvitations(1);
    assert(claim);
    assert.equal(await outbox.expectsAnswers(), true);
    const mail = { ...mailTo("bob@example.org"), recipient: { name: "" } };
    await outbox.settleInvitation(claim, { kind: "resolved", mails: [mail] });
    assert.equal(await outbox.expectsAnswers(), true);
    const sending = await claimMail(subject);
    assert.equal(await outbox.expectsAnswers(), true);
    await outbox.settleMail(sending, SENT);
    assert.equal(await outbox.expectsAnswers(), false);
  });

  test("a mail has the Message-ID that it was queued with", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const mails = TWO.map(mailTo);
    await outbox.settleInvitation(
      await claimInvitation(subject),
      { kind: "resolved", mails },
    );
    const claimed = await outbox.claimMails({ count: 10, perAddress: null });
    assert.deepEqual(
      claimed.map(({ address, messageId }) => [address, messageId]),
      mails.map(({ address, messageId }) => [address, messageId]),
    );
  });

  test("no two mails have one Message-ID", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const claim = await claimInvitation(subject);
    const mail = mailTo("bob@example.org");
    const twice: InvitationOutcome = { kind: "resolved", mails: [mail, mail] };
    await assert.rejects(outbox.settleInvitation(claim, twice), OutboxError);
    assert.deepEqual((await outbox.counts()).mails, {}, "nothing is half-written");
  });
}
