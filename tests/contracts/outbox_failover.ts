/**
 * What every outbox does with a mail that its address refuses while the person has others.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { NewMail } from "../../src/outbox/port.ts";
import type { Contract } from "./outbox.ts";
import {
  ALICE,
  answer,
  BOB,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailWithFailover,
  PAST_LEASE,
  present,
  record,
  recordInvite,
  SENT,
  states,
  steps,
  type Subject,
} from "./outbox_samples.ts";

const FIRST = "bob@example.org";
const SECOND = "bob@home.example";
const THIRD = "bob@old.example";
const REFUSED = { kind: "rejected", reason: "550 5.1.1 User unknown", replyCode: 550 } as const;

/** Registers the tests of failing over to a person's other addresses. */
export function failoverContract(test: Contract): void {
  test("a refused mail is followed by one to the next address, and so on", async (subject) => {
    const { outbox } = subject;
    const queued = await queue(subject, [FIRST, SECOND, THIRD]);
    const first = await claimMail(subject);
    assert.deepEqual(present(await outbox.settleMail(first, REFUSED)), {
      kind: "settled",
      next: 2,
    });
    const second = await claimMail(subject);
    const [next, after] = queued.failover ?? [];
    assert.deepEqual(present({ ...second, id: first.id }), {
      ...present({ ...first, ...next, queuedAt: subject.clock.now() }) as object,
    });
    await outbox.settleMail(second, REFUSED);
    const third = await claimMail(subject);
    assert.deepEqual([third.address, third.messageId], [THIRD, after?.messageId]);
    assert.deepEqual(await outbox.settleMail(third, REFUSED), { kind: "settled" });
    assert.deepEqual(await outbox.counts(), {
      invitations: { resolved: 1 },
      mails: { rejected: 3 },
    });
    assert.equal(await outbox.nextDue("mails"), undefined);
    assert.deepEqual(await steps(subject), [
      ["seen", "resolved", "rejected", "next address", "rejected", "next address", "rejected"],
    ]);
    const [history] = await outbox.histories(BOB, 1);
    const data = history?.timeline.map((entry) => entry.data) ?? [];
    assert.equal(data[1]?.furtherAddresses, 2);
    assert.deepEqual([data[3], data[5]], [{ mail: 1, mails: [2] }, { mail: 2, mails: [3] }]);
  });

  test("a mail that is accepted, expires or waits is not followed by another", async (subject) => {
    const { outbox, clock } = subject;
    for (const kind of ["sent", "expired", "deferred"] as const) {
      await queue(subject, [FIRST, SECOND], `!${kind}:example.org`);
      const claim = await claimMail(subject);
      const until = clock.now() + 10 * PAST_LEASE;
      await outbox.settleMail(claim, kind === "sent" ? SENT : { kind, reason: "no", until });
      assert.deepEqual(await outbox.claimMails({ count: 9, perAddress: null }), [], kind);
    }
    assert.deepEqual((await outbox.counts()).mails, { sent: 1, expired: 1, queued: 1 });
  });

  test("what was answered meanwhile needs no mail to the next address", async (subject) => {
    const { outbox } = subject;
    await queue(subject, [FIRST, SECOND]);
    const claim = await claimMail(subject);
    await record(subject, answer(2));
    assert.deepEqual(await outbox.settleMail(claim, REFUSED), { kind: "settled" });
    assert.deepEqual((await outbox.counts()).mails, { rejected: 1 });
  });

  test("an answer cancels the mail to the next address", async (subject) => {
    const { outbox } = subject;
    await queue(subject, [FIRST, SECOND]);
    await outbox.settleMail(await claimMail(subject), REFUSED);
    assert.deepEqual(await record(subject, answer(2)), [
      { kind: "answered", invitations: [1], cancelledMails: 1 },
    ]);
    assert.deepEqual((await outbox.counts()).mails, { rejected: 1, cancelled: 1 });
  });

  test("a claim that has ended queues nothing for the next address", async (subject) => {
    const { outbox, clock } = subject;
    await queue(subject, [FIRST, SECOND]);
    const dead = await claimMail(subject);
    clock.advance(PAST_LEASE);
    await outbox.settleMail(await claimMail(subject), REFUSED);
    assert.deepEqual(await outbox.settleMail(dead, REFUSED), { kind: "lost" });
    assert.deepEqual((await outbox.counts()).mails, { rejected: 1, queued: 1 });
  });

  test("what the first address stopped goes to no other address", async (subject) => {
    const { outbox } = subject;
    await stop(subject, FIRST, "all");
    await recordInvite(subject, invite(1));
    subject.clock.advance(DELAY);
    const mails = [mailWithFailover([FIRST, SECOND])];
    const claim = await claimInvitation(subject);
    assert.deepEqual(await outbox.settleInvitation(claim, { kind: "resolved", mails }), {
      kind: "suppressed",
      scopes: ["all"],
    });
  });

  test("what the next address stopped goes to no further address", async (subject) => {
    const { outbox } = subject;
    await stop(subject, SECOND, "inviter");
    await queue(subject, [FIRST, SECOND, THIRD]);
    await outbox.settleMail(await claimMail(subject), REFUSED);
    assert.deepEqual(await outbox.claimMails({ count: 9, perAddress: null }), []);
    assert.deepEqual(await outbox.counts(), {
      invitations: { resolved: 1 },
      mails: { rejected: 1, cancelled: 1 },
    });
    assert.deepEqual(await steps(subject), [
      ["seen", "resolved", "rejected", "next address", "suppressed", "cancelled"],
    ]);
    assert.equal(await outbox.nextDue("mails"), undefined);
  });

  test("a person's choice in the mail to the next address holds there", async (subject) => {
    const { outbox } = subject;
    await queue(subject, [FIRST, SECOND]);
    await outbox.settleMail(await claimMail(subject), REFUSED);
    await stop(subject, SECOND, "all");
    assert.deepEqual((await outbox.counts()).mails, { rejected: 1, cancelled: 1 });
  });

  test("the mail to the next address is reminded of, once", async (subject) => {
    const { outbox, clock } = subject;
    await queue(subject, [FIRST, SECOND, THIRD]);
    await outbox.settleMail(await claimMail(subject), REFUSED);
    const dueAt = clock.now() + DELAY;
    const reminder = { messageId: "<reminder@example.org>", dueAt };
    await outbox.settleMail(await claimMail(subject), { ...SENT, reminder });
    clock.set(dueAt);
    const reminding = await claimMail(subject);
    assert.deepEqual([reminding.kind, reminding.address], ["reminder", SECOND]);
    await outbox.settleMail(reminding, REFUSED);
    assert.deepEqual((await outbox.counts()).mails, { rejected: 2, sent: 1 });
  });

  test("a refused mail that is retried does not go to the next address twice", async (subject) => {
    const { outbox } = subject;
    await queue(subject, [FIRST, SECOND]);
    await outbox.settleMail(await claimMail(subject), REFUSED);
    await outbox.settleMail(await claimMail(subject), REFUSED);
    assert.deepEqual(await outbox.records.retry({ work: "mails", id: 1 }), { kind: "done" });
    assert.deepEqual(await outbox.settleMail(await claimMail(subject), REFUSED), {
      kind: "settled",
    });
    assert.deepEqual((await outbox.counts()).mails, { rejected: 2 });
  });

  test("a newer invite to the same room is about the mail to the next address", async (subject) => {
    await queue(subject, [FIRST, SECOND]);
    await subject.outbox.settleMail(await claimMail(subject), REFUSED);
    assert.deepEqual(await record(subject, invite(2, { reinvite: true })), [
      { kind: "merged", invitation: 1 },
    ]);
    assert.deepEqual(await states(subject), ["resolved"]);
  });

  test("doubt that lasts for days leads to the next address", async (subject) => {
    const { outbox, clock } = subject;
    await queue(subject, [FIRST, SECOND]);
    let settled: unknown;
    for (let day = 0; day < 3; day++) {
      const until = clock.now() + 25 * 3_600_000;
      const refusal = { kind: "deferred", reason: "550 no", until, doubtful: true } as const;
      settled = await outbox.settleMail(await claimMail(subject), refusal);
      clock.set(until);
      if (day < 2) await sendToSomebody(subject, day);
    }
    assert.deepEqual(settled, {
      kind: "rejected",
      reason: "550 no (refused on 3 days, while others were accepted)",
      next: 4,
    });
    assert.equal((await claimMail(subject)).address, SECOND);
  });
}

async function queue(
  subject: Subject,
  addresses: readonly string[],
  room?: string,
): Promise<NewMail> {
  await recordInvite(subject, invite(1, room === undefined ? {} : { room }));
  subject.clock.advance(DELAY);
  const mail = mailWithFailover(addresses);
  const claim = await claimInvitation(subject);
  await subject.outbox.settleInvitation(claim, { kind: "resolved", mails: [mail] });
  return mail;
}

function stop({ outbox }: Subject, address: string, scope: "all" | "inviter"): Promise<boolean> {
  const { hash, suppress } = outbox.suppressions;
  const reference = {
    mail: 99,
    address: hash("address", address),
    inviter: hash("inviter", ALICE),
  };
  return suppress(reference, scope, "page");
}

async function sendToSomebody(subject: Subject, number: number): Promise<void> {
  const { outbox, clock } = subject;
  await recordInvite(subject, invite(10 + number, { room: `!other${number}:example.org` }));
  clock.advance(DELAY);
  const mails = [mailWithFailover(["carol@example.org"])];
  await outbox.settleInvitation(await claimInvitation(subject), { kind: "resolved", mails });
  for (const mail of await outbox.claimMails({ count: 9, perAddress: null })) {
    await outbox.settleMail(mail, mail.address === FIRST ? { kind: "released" } : SENT);
  }
}
