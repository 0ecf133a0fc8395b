/**
 * What every outbox does with reminders.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  claimMail,
  invite,
  present,
  queueMails,
  record,
  SENT,
  steps,
  type Subject,
} from "./outbox_samples.ts";

const REMINDER = "<reminder@example.org>";
const PAUSE = 259_200_000;

/** Registers the tests of reminders. */
export function remindersContract(test: Contract): void {
  test("a reminder is due at its time, to the same recipient about the same", async (subject) => {
    const first = await sendWithReminder(subject);
    const dueAt = subject.clock.now() + PAUSE;
    assert.equal(await subject.outbox.nextDue("mails"), dueAt);
    assert.equal(await subject.outbox.expectsAnswers(), true);
    subject.clock.set(dueAt - 1);
    assert.deepEqual(await subject.outbox.claimMails({ count: 1, perAddress: null }), []);
    subject.clock.set(dueAt);
    const reminder = await claimMail(subject);
    assert.deepEqual(present({ ...reminder, id: first.id, fence: first.fence }), {
      ...present(first) as Record<string, unknown>,
      kind: "reminder",
      messageId: REMINDER,
      reminds: first.messageId,
      queuedAt: reminder.queuedAt,
    });
    await subject.outbox.settleMail(reminder, SENT);
    assert.deepEqual((await subject.outbox.counts()).mails, { sent: 2 });
    assert.deepEqual(await steps(subject), [["seen", "resolved", "sent", "sent"]]);
  });

  test("a reminder refers to the mail to its own address", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1), ["bob@example.org", "bob@home.example"]);
    const sent = await outbox.claimMails({ count: 9, perAddress: null });
    const dueAt = clock.now() + PAUSE;
    for (const mail of sent) {
      const reminder = { messageId: `<reminder-${mail.id}@example.org>`, dueAt };
      await outbox.settleMail(mail, { ...SENT, reminder });
    }
    clock.set(dueAt);
    const reminders = await outbox.claimMails({ count: 9, perAddress: null });
    assert.deepEqual(
      reminders.map(({ address, reminds }) => [address, reminds]),
      sent.map(({ address, messageId }) => [address, messageId]),
    );
  });

  test("an answer cancels the reminder, and the invitation counts as mailed", async (subject) => {
    await sendWithReminder(subject);
    assert.deepEqual(await record(subject, answer(2)), [
      { kind: "answered", invitations: [1], cancelledMails: 1 },
    ]);
    assert.deepEqual(await subject.outbox.counts(), {
      invitations: { resolved: 1 },
      mails: { cancelled: 1, sent: 1 },
    });
    assert.equal(await subject.outbox.nextDue("mails"), undefined);
  });

  test("what was answered while the mail was sent has no reminder", async (subject) => {
    await queueMails(subject, invite(1));
    const claim = await claimMail(subject);
    await record(subject, answer(2));
    await subject.outbox.settleMail(claim, {
      ...SENT,
      reminder: { messageId: REMINDER, dueAt: 1 },
    });
    assert.deepEqual((await subject.outbox.counts()).mails, { sent: 1 });
  });

  test("the history of a mail with a reminder says when it is due", async (subject) => {
    await sendWithReminder(subject);
    const [history] = await subject.outbox.histories(BOB, 1);
    assert.deepEqual(history?.timeline.at(-1)?.data, {
      mail: 1,
      response: SENT.response,
      reminderAt: subject.clock.now() + PAUSE,
    });
  });

  test("an invitation with a reminder that waits is not deleted", async (subject) => {
    await sendWithReminder(subject);
    assert.equal(await subject.outbox.pruneFinished(subject.clock.now() + 1), 0);
  });
}

async function sendWithReminder(subject: Subject) {
  await queueMails(subject, invite(1));
  const claim = await claimMail(subject);
  const reminder = { messageId: REMINDER, dueAt: subject.clock.now() + PAUSE };
  await subject.outbox.settleMail(claim, { ...SENT, reminder });
  return claim;
}
