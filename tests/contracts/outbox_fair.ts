/**
 * How every outbox keeps strangers' invites from delaying those of the homeserver's own users.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import type { ClaimedMail } from "../../src/outbox/port.ts";
import { DAY } from "../../src/settings/duration.ts";
import type { Contract } from "./outbox.ts";
import {
  ALICE,
  answer,
  BOB,
  DELAY,
  invite,
  mailTo,
  record,
  SENT,
  type Subject,
} from "./outbox_samples.ts";

const LIMIT = { perAddress: { count: 4, per: DAY }, ownShare: 0.5 };

/** Registers the tests of fairness. */
export function fairContract(test: Contract): void {
  test("strangers get a part of an address's day, and own inviters all of it", async (subject) => {
    await queueMany(subject, 10, stranger);
    const sent = await sendDue(subject);
    assert.deepEqual(sent.map(inviterOf), ["@s0:remote.example", "@s1:remote.example"]);
    await queueMany(subject, 5, () => ALICE);
    const own = await sendDue(subject);
    assert.deepEqual(own.map(inviterOf), [ALICE, ALICE]);
  });

  test.thorough("a mail of an own inviter goes at once behind hundreds of strangers'", async (subject) => {
    await queueMany(subject, 450, stranger);
    await sendDue(subject);
    await queueMany(subject, 1, () => ALICE);
    const [first] = await subject.outbox.claimMails({ count: 1, ...LIMIT });
    assert.equal(first && inviterOf(first), ALICE);
  });

  test("when a slot is free, own inviters' mails go first, then the oldest", async (subject) => {
    const { clock, outbox } = subject;
    await queueMany(subject, 6, stranger);
    await sendDue(subject);
    await queueMany(subject, 4, () => ALICE);
    await sendDue(subject);
    const order: string[] = [];
    while (order.length < 6) {
      clock.set(Math.max(clock.now() + 1, await outbox.nextDue("mails") ?? 0));
      order.push(...(await sendDue(subject)).map(inviterOf));
    }
    assert.deepEqual(order.slice(0, 2), [ALICE, ALICE]);
    assert.deepEqual(order.slice(2).sort(), [2, 3, 4, 5].map(stranger));
    assert.equal(await outbox.nextDue("mails"), undefined);
  });

  test("however small a limit and large the own share, strangers get one place", async (subject) => {
    await queueMany(subject, 2, stranger);
    const perAddress = { count: 1, per: DAY };
    assert.equal(
      (await subject.outbox.claimMails({ count: 9, perAddress, ownShare: 1 })).length,
      1,
    );
  });

  test("what was not sent gives its slot to the next that is parked, at once", async (subject) => {
    const { outbox, clock } = subject;
    for (const kind of ["rejected", "expired", "deferred", "released"] as const) {
      await queueMany(subject, 3, stranger);
      const [claim, ...others] = await outbox.claimMails({ count: 9, ...LIMIT });
      assert(claim && others.length === 1);
      assert.equal((await outbox.claimMails({ count: 9, ...LIMIT })).length, 0);
      await outbox.settleMail(claim, { kind, reason: "x", until: clock.now() + DAY });
      assert((await outbox.nextDue("mails") ?? Infinity) <= clock.now());
      assert.equal((await outbox.claimMails({ count: 9, ...LIMIT })).length, 1);
      clock.advance(5 * DAY);
      for (let due; (due = await outbox.nextDue("mails")) !== undefined;) {
        clock.set(Math.max(clock.now(), due));
        await sendDue(subject);
      }
      clock.advance(2 * DAY);
    }
  });

  test.thorough("a limit that is raised, or off, lets go what is parked", async (subject) => {
    const { outbox, clock } = subject;
    await queueMany(subject, 450, stranger);
    await sendDue(subject);
    assert((await outbox.nextDue("mails") ?? 0) > clock.now());
    clock.advance(DAY);
    let gone = 0;
    for (let due; (due = await outbox.nextDue("mails")) !== undefined && due <= clock.now();) {
      for (const mail of await outbox.claimMails({ count: 1000, perAddress: null })) {
        await outbox.settleMail(mail, SENT);
        gone++;
      }
    }
    assert.equal(gone, 448);
  });

  test("an answered mail that is parked goes nowhere, and leaves nothing due", async (subject) => {
    const { outbox } = subject;
    await queueMany(subject, 3, stranger);
    for (const mail of await outbox.claimMails({ count: 9, ...LIMIT })) {
      await outbox.settleMail(mail, SENT);
    }
    assert.equal(await outbox.expectsAnswers(), true);
    const [{ roomId } = { roomId: "" }] = await outbox.histories(BOB, 1);
    await record(subject, answer(1, { room: roomId }));
    assert.equal(await outbox.expectsAnswers(), false);
    assert.deepEqual((await outbox.counts()).mails, { sent: 2, cancelled: 1 });
    subject.clock.advance(2 * DAY);
    assert.deepEqual(await outbox.claimMails({ count: 9, ...LIMIT }), []);
    assert.equal(await outbox.nextDue("mails"), undefined);
  });

  test("a clock that was far ahead parks nothing for years", async (subject) => {
    const { outbox, clock } = subject;
    const now = clock.now();
    await queueMany(subject, 5, () => ALICE);
    clock.set(now + 3000 * DAY);
    await sendDue(subject);
    clock.set(now + DAY);
    await sendDue(subject);
    assert.equal(await outbox.nextDue("mails"), undefined);
    assert.deepEqual((await outbox.counts()).mails, { sent: 5 });
  });

  test("strangers take no more places than they may, and own inviters any", async (subject) => {
    const { outbox, clock } = subject;
    const people = Array.from({ length: 6 }, (_, n) => `@p${n}:example.org` as UserId);
    await record(
      subject,
      ...people.map((invitee, n) => invite(n, { invitee, inviter: stranger(n) })),
    );
    clock.advance(DELAY);
    assert.equal((await outbox.claimInvitations(5, { strangers: 0 })).length, 0);
    assert.equal(await outbox.nextDue("invitations", true), undefined);
    assert.equal((await outbox.nextDue("invitations") ?? Infinity) <= clock.now(), true);
    await record(subject, invite(9));
    clock.advance(DELAY);
    const claimed = await outbox.claimInvitations(5, { strangers: 3 });
    assert.deepEqual(claimed.map(({ own }) => own), [true, false, false, false]);
    for (const claim of claimed) {
      const mails = [mailTo(`${claim.id}@mail.example`)];
      await outbox.settleInvitation(claim, { kind: "resolved", mails });
    }
    const mails = await outbox.claimMails({ count: 9, strangers: 2, perAddress: null });
    assert.deepEqual(mails.map(({ own }) => own), [true, false, false]);
    assert.equal(await outbox.nextDue("mails", true), clock.now() + 15 * 60_000);
  });

  test("while enough mails are due no invitation is claimed, but own inviters' beside strangers'", async (subject) => {
    const { outbox, clock } = subject;
    const limit = { maxDueMails: 4 };
    await queueMany(subject, 4, stranger);
    const people = Array.from({ length: 8 }, (_, n) => `@p${n}:example.org` as UserId);
    await record(
      subject,
      ...people.map((invitee, n) =>
        invite(n, { invitee, inviter: n < 2 ? stranger(n) : ALICE, room: `!p${n}:x.org` })
      ),
    );
    clock.advance(DELAY);
    const claimed = await outbox.claimInvitations(4, limit);
    assert.deepEqual(claimed.map(({ own }) => own), [true, true, true, true]);
    for (const claim of claimed) {
      const mails = [mailTo(`${claim.id}@mail.example`)];
      await outbox.settleInvitation(claim, { kind: "resolved", mails });
    }
    assert.deepEqual(await outbox.claimInvitations(4, limit), []);
    for (const mail of await outbox.claimMails({ count: 8, perAddress: null })) {
      await outbox.settleMail(mail, SENT);
    }
    const rest = await outbox.claimInvitations(4, limit);
    assert.deepEqual(rest.map(({ own }) => own), [true, true, false, false]);
  });
}

function stranger(number: number): string {
  return `@s${number}:remote.example`;
}

function inviterOf({ invitations }: ClaimedMail): string {
  return invitations[0]?.inviter ?? "";
}

let rooms = 0;

/** Queues as many mails to Bob, each about a room of its own. */
async function queueMany(
  subject: Subject,
  count: number,
  inviter: (number: number) => string,
): Promise<void> {
  const { outbox, clock } = subject;
  await record(
    subject,
    ...Array.from(
      { length: count },
      (_, number) => invite(number, { room: `!r${rooms++}:x.org`, inviter: inviter(number) }),
    ),
  );
  clock.advance(DELAY);
  for (const claim of await outbox.claimInvitations(count)) {
    const outcome = { kind: "resolved", mails: [mailTo("bob@example.org")] } as const;
    await outbox.settleInvitation(claim, outcome);
  }
}

/** Sends all that is due. */
async function sendDue({ outbox, clock }: Subject): Promise<ClaimedMail[]> {
  const sent: ClaimedMail[] = [];
  for (let due; (due = await outbox.nextDue("mails")) !== undefined && due <= clock.now();) {
    for (const mail of await outbox.claimMails({ count: 10, ...LIMIT })) {
      await outbox.settleMail(mail, SENT);
      sent.push(mail);
    }
  }
  const late = await outbox.claimMails({ count: 10, ...LIMIT });
  for (const mail of late) await outbox.settleMail(mail, SENT);
  return [...sent, ...late];
}
