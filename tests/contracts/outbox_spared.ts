/**
 * What every outbox does with invitations that need no mail after all.
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
  queueMails,
  record,
  recordInvite,
  SENT,
  states,
  steps,
  type Subject,
} from "./outbox_samples.ts";

const REASON = "the invitee ignores the inviter";

/** Registers the tests of what is spared before it is sent. */
export function sparedContract(test: Contract): void {
  test("an invitation that is spared ends with its mail, and says why", async (subject) => {
    await queueMails(subject, invite(1));
    await spare(subject);
    assert.deepEqual(await subject.outbox.counts(), {
      invitations: { skipped: 1 },
      mails: { cancelled: 1 },
    });
    assert.equal(await subject.outbox.nextDue("mails"), undefined);
    assert.deepEqual(await steps(subject), [["seen", "resolved", "spared", "cancelled"]]);
    const [history] = await subject.outbox.histories(BOB, 1);
    assert.equal(history?.reason, REASON);
    assert.deepEqual(history?.timeline.at(-2)?.data, { mail: 1, reason: REASON });
  });

  test("an invitation with several mails ends with the last that is spared", async (subject) => {
    await recordInvite(subject, invite(1));
    subject.clock.advance(DELAY);
    const mails = ["bob@example.org", "bob@work.example"].map(mailTo);
    await subject.outbox.settleInvitation(await claimInvitation(subject), {
      kind: "resolved",
      mails,
    });
    await spare(subject);
    assert.deepEqual((await subject.outbox.counts()).invitations, { resolved: 1 });
    await spare(subject);
    assert.deepEqual(await subject.outbox.counts(), {
      invitations: { skipped: 1 },
      mails: { cancelled: 2 },
    });
  });

  test("a reminder that is spared leaves the invitation mailed", async (subject) => {
    await queueMails(subject, invite(1));
    const dueAt = subject.clock.now() + 1000;
    const reminder = { messageId: "<reminder@example.org>", dueAt };
    await subject.outbox.settleMail(await claimMail(subject), { ...SENT, reminder });
    subject.clock.set(dueAt);
    await spare(subject);
    assert.deepEqual(await subject.outbox.counts(), {
      invitations: { resolved: 1 },
      mails: { sent: 1, cancelled: 1 },
    });
  });

  test("an answer while it is found out goes before", async (subject) => {
    await queueMails(subject, invite(1));
    const mail = await claimMail(subject);
    await record(subject, answer(2));
    const invitations = mail.invitations.map(({ id }) => ({ id, reason: REASON }));
    await subject.outbox.settleMail(mail, { kind: "spared", invitations });
    assert.deepEqual(await subject.outbox.counts(), {
      invitations: { cancelled: 1 },
      mails: { cancelled: 1 },
    });
  });

  test("an invitation that was spared is not mailed by a replay, and a new one is", async (subject) => {
    await queueMails(subject, invite(1));
    await spare(subject);
    assert.deepEqual(await record(subject, invite(1)), [{ kind: "known" }]);
    const [recorded] = await record(subject, invite(2));
    assert.equal(recorded?.kind, "seen");
    assert.equal((await states(subject)).length, 2);
  });

  test("an invitation that is not the mail's is not spared", async (subject) => {
    await queueMails(subject, invite(1));
    const mail = await claimMail(subject);
    const invitations = [{ id: 99, reason: REASON }];
    await subject.outbox.settleMail(mail, { kind: "spared", invitations });
    assert.equal((await claimMail(subject)).id, mail.id);
  });
}

async function spare(subject: Subject): Promise<void> {
  const [mail] = await subject.outbox.claimMails({ count: 1, perAddress: null });
  assert.ok(mail);
  const invitations = mail.invitations.map(({ id }) => ({ id, reason: REASON }));
  await subject.outbox.settleMail(mail, { kind: "spared", invitations });
}
