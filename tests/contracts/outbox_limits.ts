/**
 * How every outbox keeps to the limits per address and per inviter.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DAY, type Limit } from "../../src/settings/duration.ts";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  claimMail,
  DELAY,
  invite,
  mailTo,
  queueMails,
  record,
  SENT,
  START,
  steps,
  type Subject,
} from "./outbox_samples.ts";

const TWO_A_DAY: Limit = { count: 2, per: DAY };

/** Registers the tests of limits. */
export function limitsContract(test: Contract): void {
  test("an address gets no more mails in any span than the limit says", async (subject) => {
    await queueMany(subject, 7);
    const base = subject.clock.now();
    const sentAt = await sendAll(subject, TWO_A_DAY);
    assert.deepEqual(sentAt.map(({ at }) => at - base), [
      ...[0, 0, DAY, DAY, 2 * DAY, 2 * DAY, 3 * DAY],
    ]);
    assert.deepEqual(sentAt.map(({ mail }) => mail), [1, 2, 3, 4, 5, 6, 7], "in order");
  });

  test("the span rolls: a slot is free when its own mail is old enough", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    await outbox.settleMail(await claimMail(subject), SENT);
    clock.advance(DAY / 2);
    await queueMany(subject, 4);
    const base = START + DELAY;
    const sentAt = await sendAll(subject, TWO_A_DAY);
    const half = base + DAY / 2 + DELAY;
    assert.deepEqual(sentAt.map(({ at }) => at), [half, base + DAY, half + DAY, base + 2 * DAY]);
  });

  test("all spellings of an address share its limit", async (subject) => {
    await queueMails(subject, invite(1), [
      "bob@example.org",
      "Bob+1@Example.ORG",
      "bob+2@example.org",
      "carol@example.org",
    ]);
    const mails = await subject.outbox.claimMails({ count: 10, perAddress: TWO_A_DAY });
    assert.deepEqual(mails.map(({ address }) => address), [
      ...["bob@example.org", "Bob+1@Example.ORG", "carol@example.org"],
    ]);
  });

  test("mails that are being sent take slots, also across claims", async (subject) => {
    const { outbox } = subject;
    await queueMany(subject, 5);
    const claims = [];
    for (let round = 0; round < 5; round++) {
      claims.push(...await outbox.claimMails({ count: 1, perAddress: TWO_A_DAY }));
    }
    assert.equal(claims.length, 2);
  });

  test("a mail that was not sent takes no slot", async (subject) => {
    const { outbox } = subject;
    await queueMany(subject, 4);
    const claims = await outbox.claimMails({ count: 2, perAddress: TWO_A_DAY });
    for (const claim of claims) await outbox.settleMail(claim, { kind: "rejected", reason: "no" });
    assert.equal((await outbox.claimMails({ count: 9, perAddress: TWO_A_DAY })).length, 2);
  });

  test("without a limit nothing waits", async (subject) => {
    await queueMany(subject, 50);
    const mails = await subject.outbox.claimMails({ count: 100, perAddress: null });
    assert.equal(mails.length, 50);
  });

  test("a mail that waits for its limit says so once, and an answer still cancels it", async (subject) => {
    const { outbox, clock } = subject;
    await queueMany(subject, 3);
    await outbox.claimMails({ count: 9, perAddress: TWO_A_DAY });
    clock.advance(DAY + 1);
    await outbox.claimMails({ count: 0, perAddress: TWO_A_DAY });
    const last = (await outbox.histories(BOB, 1))[0];
    assert.deepEqual(last?.timeline.map(({ step }) => step), ["seen", "resolved", "limited"]);
    await record(subject, answer(9, { room: last.roomId }));
    assert.deepEqual((await steps(subject))[0]?.slice(-2), ["answered", "cancelled"]);
  });

  test("an address above its limit does not delay others", async (subject) => {
    const { outbox, clock } = subject;
    await queueMany(subject, 60);
    clock.advance(1);
    await queueMails(subject, invite(100, { room: "!c:example.org" }), ["carol@example.org"]);
    // One claim need not get past all that is above the limit; more are due until it has.
    const claimed: string[] = [];
    for (let claims = 0; claims < 3 && claimed.length < 3; claims++) {
      assert((await outbox.nextDue("mails") ?? Infinity) <= clock.now(), "more is due");
      const mails = await outbox.claimMails({ count: 3 - claimed.length, perAddress: TWO_A_DAY });
      claimed.push(...mails.map(({ address }) => address));
    }
    assert.deepEqual(claimed, ["bob@example.org", "bob@example.org", "carol@example.org"]);
  });

  test.thorough("hundreds that wait come back a few at a time, and none is lost", async (subject) => {
    const { outbox, clock } = subject;
    await queueMany(subject, 300);
    const limit = { count: 20, per: DAY };
    const sent = new Set<number>();
    let claims = 0;
    for (let due; (due = await outbox.nextDue("mails")) !== undefined;) {
      clock.set(Math.max(clock.now(), due));
      const mails = await outbox.claimMails({ count: 300, perAddress: limit });
      claims++;
      for (const mail of mails) {
        // Sending takes its time, so slots become free a little later than expected.
        clock.advance(7);
        await outbox.settleMail(mail, SENT);
        sent.add(mail.id);
      }
      assert(mails.length <= 20);
    }
    assert.equal(sent.size, 300);
    assert(clock.now() < START + 15.1 * DAY, "the limit is made use of");
    assert(claims < 600, `${claims} claims`);
  });
}

/** Records invites of Bob to as many rooms. */
async function recordMany(subject: Subject, count: number, inviter?: string): Promise<void> {
  const who = inviter === undefined ? {} : { inviter };
  const invites = Array.from(
    { length: count },
    (_, place) => invite(place, { room: `!${place}${inviter ?? ""}:example.org`, ...who }),
  );
  await record(subject, ...invites);
}

/** Queues as many mails to one address. */
async function queueMany(subject: Subject, count: number): Promise<void> {
  const { outbox, clock } = subject;
  await recordMany(subject, count);
  clock.advance(DELAY);
  for (const claim of await outbox.claimInvitations(count)) {
    const outcome = { kind: "resolved", mails: [mailTo("bob@example.org")] } as const;
    await outbox.settleInvitation(claim, outcome);
  }
}

/** Sends all mails at their times; returns when each was sent. */
async function sendAll(
  { outbox, clock }: Subject,
  perAddress: Limit,
): Promise<{ readonly mail: number; readonly at: number }[]> {
  const sent: { readonly mail: number; readonly at: number }[] = [];
  for (let due; (due = await outbox.nextDue("mails")) !== undefined;) {
    clock.set(Math.max(clock.now(), due));
    for (const mail of await outbox.claimMails({ count: 10, perAddress })) {
      await outbox.settleMail(mail, SENT);
      sent.push({ mail: mail.id, at: clock.now() });
    }
  }
  return sent;
}
