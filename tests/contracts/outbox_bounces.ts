/**
 * How every outbox counts mails that come back, and what it sends no longer.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import type { Bounce } from "../../src/outbox/bounces.ts";
import { DAY } from "../../src/settings/duration.ts";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailWithFailover,
  present,
  queueMails,
  record,
  recordInvite,
  SENT,
  states,
  steps,
  type Subject,
} from "./outbox_samples.ts";
import { ADDRESS, settle } from "./outbox_suppressions.ts";

export const HARD: Bounce = { severity: "hard", status: "5.1.1", text: "550 5.1.1 User unknown" };
export const SOFT: Bounce = { severity: "soft", status: "5.2.2", text: "552 5.2.2 Mailbox full" };

/** Sends a mail to bob about a room of that number, and returns its ID. */
export async function sendMail(subject: Subject, number: number): Promise<number> {
  const [mail = 0] = await queueMails(subject, invite(number, { room: `!${number}:example.org` }));
  await subject.outbox.settleMail(await claimMail(subject), SENT);
  return mail;
}

/** Registers the tests of bounces. */
export function bouncesContract(test: Contract): void {
  test("a bounce is noted at its mail and its invitation, and counted", async (subject) => {
    const { outbox, clock } = subject;
    const mail = await sendMail(subject, 1);
    const before = clock.now();
    const result = await outbox.bounces.record(mail, HARD);
    assert.deepEqual(present(result), { kind: "recorded", score: 2 });
    const found = await outbox.records.mail(mail);
    assert.deepEqual(found?.bounce, { ...HARD, at: before });
    assert.equal(found?.state, "sent");
    assert.equal((await steps(subject))[0]?.at(-1), "bounced");
    assert.equal((await outbox.records.summary(before)).bouncedSince, 1);
    assert.equal((await outbox.records.summary(before + 1)).bouncedSince, 0);
    assert.deepEqual(await outbox.bounces.record(mail, SOFT), { kind: "known" });
    assert.deepEqual(await outbox.bounces.record(mail, HARD), { kind: "known" });
    assert.deepEqual(await outbox.bounces.record(4711, HARD), { kind: "unknown" });
  });

  test("two hard bounces end an address until they fade", async (subject) => {
    const { outbox, clock } = subject;
    await outbox.bounces.record(await sendMail(subject, 1), HARD);
    const since = clock.now();
    clock.advance(DAY);
    assert.equal(await settle(subject, invite(2, { room: "!2:example.org" })), 1);
    await outbox.settleMail(await claimMail(subject), SENT);
    const result = await outbox.bounces.record(2, HARD);
    const until = since + 30 * DAY;
    assert.deepEqual(present(result), { kind: "recorded", score: 4, until });
    const [listed] = await outbox.suppressions.list();
    const { scope, addressKey, userId, reason } = listed ?? assert.fail("nothing is listed");
    assert.deepEqual([scope, addressKey, userId, reason], ["bounce", ADDRESS, BOB, "bounces"]);
    assert.equal(listed?.until, until);
    const third = invite(3, { room: "!3:example.org" });
    assert.deepEqual(await settle(subject, third), { kind: "suppressed", scopes: ["bounce"] });
    assert.equal((await states(subject))[0], "skipped: bounced");
    clock.set(until);
    assert.deepEqual(await outbox.suppressions.list(), []);
    assert.equal(await settle(subject, invite(4, { room: "!4:example.org" })), 1);
    await outbox.pruneFinished(0);
    await claimMail(subject);
    // The second still counts.
    const again = await outbox.bounces.record(3, HARD);
    assert.deepEqual(present(again), {
      kind: "recorded",
      score: 4,
      until: since + 31 * DAY + DELAY,
    });
  });

  test("mails that wait for an address that has ended are cancelled when they are due", async (subject) => {
    const { outbox } = subject;
    const mails = [await sendMail(subject, 1), await sendMail(subject, 2)];
    await queueMails(subject, invite(3, { room: "!3:example.org" }));
    for (const mail of mails) await outbox.bounces.record(mail, HARD);
    assert.deepEqual(await outbox.claimMails({ count: 10, perAddress: null }), []);
    assert.equal((await states(subject))[0], "skipped: bounced");
    assert.equal((await outbox.records.mail(3))?.reason, "bounced");
  });

  test("what is left of a mail's other addresses is sent", async (subject) => {
    const { outbox } = subject;
    for (const number of [1, 2]) {
      await outbox.bounces.record(await sendMail(subject, number), HARD);
    }
    const addresses = [ADDRESS, "bob@elsewhere.example"];
    assert.equal(await settle(subject, invite(3, { room: "!3:example.org" }), addresses), 1);
    assert.deepEqual((await steps(subject))[0], ["seen", "suppressed", "resolved"]);
  });

  test("a hard bounce is followed by a mail to the next address", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const mail = mailWithFailover([ADDRESS, "bob@home.example"]);
    await outbox.settleInvitation(await claimInvitation(subject), {
      kind: "resolved",
      mails: [mail],
    });
    await outbox.settleMail(await claimMail(subject), SENT);
    const soft = await outbox.bounces.record(1, SOFT);
    assert.equal(soft.kind === "recorded" && soft.next, undefined);
    const hard = await outbox.bounces.record(1, HARD);
    assert.equal(hard.kind === "recorded" && hard.next, 2);
    assert.equal((await claimMail(subject)).address, "bob@home.example");
  });

  test("an answered invitation is not mailed to the next address", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const mails = [mailWithFailover([ADDRESS, "bob@home.example"])];
    await outbox.settleInvitation(await claimInvitation(subject), { kind: "resolved", mails });
    await outbox.settleMail(await claimMail(subject), SENT);
    await record(subject, answer(2));
    const hard = await outbox.bounces.record(1, HARD);
    assert.equal(hard.kind === "recorded" && hard.next, undefined);
  });

  test("an address that has ended is passed over if there is a next one", async (subject) => {
    const { outbox, clock } = subject;
    for (const number of [1, 2]) {
      await outbox.bounces.record(await sendMail(subject, number), HARD);
    }
    await recordInvite(subject, invite(3, { room: "!3:example.org" }));
    clock.advance(DELAY);
    const mails = [mailWithFailover([ADDRESS, "bob@home.example", "bob@old.example"])];
    await outbox.settleInvitation(await claimInvitation(subject), { kind: "resolved", mails });
    assert.equal((await claimMail(subject)).address, "bob@home.example");
    assert.deepEqual((await steps(subject))[0], ["seen", "suppressed", "resolved"]);
  });

  test("lifting clears the score", async (subject) => {
    const { outbox } = subject;
    for (const number of [1, 2]) {
      await outbox.bounces.record(await sendMail(subject, number), HARD);
    }
    const [listed] = await outbox.suppressions.list();
    assert.equal(await outbox.suppressions.lift({ id: listed?.id ?? 0 }), 1);
    assert.equal(await settle(subject, invite(3, { room: "!3:example.org" })), 1);
    await outbox.settleMail(await claimMail(subject), SENT);
    assert.deepEqual(await outbox.bounces.record(1, HARD), { kind: "known" });
    assert.deepEqual(present(await outbox.bounces.record(3, SOFT)), {
      kind: "recorded",
      score: 1,
    });
  });

  test("what only says something about the email does not count", async (subject) => {
    const { outbox } = subject;
    for (const number of [1, 2, 3]) {
      const mail = await sendMail(subject, number);
      const refused = { severity: "none", status: "5.7.1", text: "550 5.7.1 Spam" } as const;
      const result = await outbox.bounces.record(mail, refused);
      assert.deepEqual(present(result), { kind: "recorded", score: 0 });
    }
    assert.deepEqual(await outbox.suppressions.list(), []);
  });

  test("bounces count for the mailbox, also when their mails are deleted", async (subject) => {
    const { outbox, clock } = subject;
    const [mail = 0] = await queueMails(subject, invite(1), ["Bob+news@example.org"]);
    await outbox.settleMail(await claimMail(subject), SENT);
    await outbox.bounces.record(mail, HARD);
    await record(subject, answer(2));
    clock.advance(DAY);
    assert.equal(await outbox.pruneFinished(clock.now()), 1);
    assert.deepEqual(await outbox.bounces.record(mail, HARD), { kind: "unknown" });
    const second = await sendMail(subject, 3);
    const result = await outbox.bounces.record(second, HARD);
    assert.equal(result.kind === "recorded" && result.score, 4);
    const forgotten = await outbox.records.forget(BOB);
    assert.deepEqual([forgotten.mails, forgotten.choices], [1, 1]);
    const again = invite(5, { room: "!5:example.org" });
    assert.deepEqual(await settle(subject, again), { kind: "suppressed", scopes: ["bounce"] });
  });

  test("another person's address is not ended", async (subject) => {
    const { outbox } = subject;
    for (const number of [1, 2]) {
      await outbox.bounces.record(await sendMail(subject, number), HARD);
    }
    const carol = "@carol:example.org" as UserId;
    await recordInvite(subject, invite(9, { invitee: carol }));
    subject.clock.advance(DELAY);
    assert.equal((await outbox.claimInvitations(10)).length, 1);
  });
}
