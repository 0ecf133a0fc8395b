/**
 * How every outbox puts invitations of one person into one mail, and when that leaves.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Gathering } from "../../src/outbox/gather.ts";
import type { ClaimedMail, MailClaimOptions, MailOutcome } from "../../src/outbox/port.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import type { Contract } from "./outbox.ts";
import {
  ALICE,
  answer,
  BOB,
  CAROL,
  DELAY,
  invite,
  mailTo,
  mailWithFailover,
  PAST_LEASE,
  record,
  SENT,
  START,
  states,
  steps,
  type Subject,
} from "./outbox_samples.ts";

/** How the mails of these tests gather. */
export const GATHERING: Gathering = { delay: DELAY, window: 10 * MINUTE, longest: 30 * MINUTE };

const STRANGER = "@eve:remote.example";
const room = (number: number) => `!r${number}:example.org`;
const inviteTo = (number: number, inviter = ALICE) =>
  invite(number, { room: room(number), inviter });

/** Registers the tests of gathering. */
export function gatheringContract(test: Contract): void {
  test("a mail about a single invitation leaves at its time", async (subject) => {
    const { clock } = subject;
    await record(subject, inviteTo(1));
    clock.advance(DELAY - 1);
    assert.deepEqual(await work(subject), []);
    clock.advance(1);
    assert.deepEqual((await work(subject)).map(({ kind }) => kind), ["invite"]);
    assert.deepEqual(await steps(subject), [["seen", "resolved", "sent"]]);
  });

  test("thirty invitations of one body are one mail", async (subject) => {
    const { outbox, clock } = subject;
    await record(subject, ...numbers(30).map((number) => inviteTo(number)));
    clock.advance(DELAY);
    const mails = await work(subject);
    assert.deepEqual(mails.map(({ kind }) => kind), ["digest"]);
    assert.deepEqual(rooms(mails[0]), numbers(30).map(room));
    assert.deepEqual((await outbox.counts()).mails, { sent: 1 });
    const [last, ...others] = await steps(subject);
    assert.deepEqual(last, ["seen", "resolved", "gathered", "sent"]);
    assert.deepEqual(others.at(-1), ["seen", "resolved", "sent"]);
    assert.equal(await outbox.nextDue("mails"), undefined);
  });

  test("a mail waits until nothing new has come for the delay", async (subject) => {
    const { outbox, clock } = subject;
    const sent: ClaimedMail[] = [];
    for (const number of numbers(3)) {
      await record(subject, inviteTo(number));
      clock.advance(DELAY - SECOND);
      sent.push(...await work(subject));
    }
    assert.deepEqual(sent, []);
    assert.equal(await outbox.nextDue("mails"), clock.now() + SECOND);
    clock.advance(SECOND);
    assert.deepEqual((await work(subject)).map(rooms), [numbers(3).map(room)]);
    assert.deepEqual((await steps(subject)).at(-1), ["seen", "resolved", "gathering", "sent"]);
  });

  test("it leaves six delays after the first, and a younger one is left for the next", async (subject) => {
    const { clock } = subject;
    const sent: { readonly at: number; readonly rooms: readonly string[] }[] = [];
    for (const number of numbers(30)) {
      await record(subject, inviteTo(number));
      for (let step = 0; step < 4; step++) {
        clock.advance(SECOND);
        sent.push(
          ...(await work(subject)).map((mail) => ({ at: clock.now(), rooms: rooms(mail) })),
        );
      }
    }
    // Those of 0 s to 48 s are due at 58 s; the next one is due after the cap.
    assert.deepEqual(sent, [{ at: START + 58 * SECOND, rooms: numbers(13).map(room) }]);
    clock.set(START + 58 * SECOND + GATHERING.window);
    assert.deepEqual((await work(subject)).map(rooms), [numbers(30).slice(13).map(room)]);
  });

  test("what is being looked up is waited for, and its end makes the mail due", async (subject) => {
    const { outbox, clock } = subject;
    for (const [index, kind] of (["resolved", "skipped", "deferred", "dies"] as const).entries()) {
      await record(subject, inviteTo(10 * index + 1), inviteTo(10 * index + 2));
      clock.advance(DELAY);
      const [first, second] = await outbox.claimInvitations(2);
      assert(first && second);
      const mails = [mailTo("bob@example.org")];
      await outbox.settleInvitation(first, { kind: "resolved", mails });
      assert.deepEqual(await send(subject), [], kind);
      const latest = clock.now() - DELAY + 6 * DELAY + 5 * SECOND;
      assert.equal(await outbox.nextDue("mails"), latest, kind);
      let calls = 0;
      const stop = outbox.onWork(() => calls++);
      if (kind === "dies") clock.set(latest);
      else {
        const until = clock.now() + HOUR;
        await outbox.settleInvitation(second, { kind, reason: "x", mails, until });
        assert(calls > 0, "the mail is announced");
      }
      stop();
      const [mail, ...others] = await send(subject);
      assert.equal(mail?.invitations.length, kind === "resolved" ? 2 : 1, kind);
      assert.deepEqual(others, []);
      // Whatever waits still.
      clock.advance(2 * DAY);
      await work(subject);
      clock.advance(2 * DAY);
    }
  });

  test("an answer to the last one that a mail waits for makes it due", async (subject) => {
    const { outbox, clock } = subject;
    await record(subject, inviteTo(1), inviteTo(2));
    clock.advance(DELAY);
    const [first, second] = await outbox.claimInvitations(2);
    assert(first && second);
    await outbox.settleInvitation(first, { kind: "resolved", mails: [mailTo("bob@example.org")] });
    assert.deepEqual(await send(subject), []);
    await record(subject, answer(9, { room: room(2) }));
    assert.deepEqual((await send(subject)).map(rooms), [[room(1)]]);
  });

  test("what waits for a limit, or failed before, is not waited for", async (subject) => {
    const { outbox, clock } = subject;
    const perInviter = { count: 1, per: HOUR };
    await record(subject, inviteTo(1), inviteTo(2), inviteTo(3, STRANGER));
    clock.advance(DELAY);
    const [first, third] = await outbox.claimInvitations(9, { perInviter });
    assert(first && third);
    const mails = [mailTo("bob@example.org")];
    await outbox.settleInvitation(first, { kind: "resolved", mails });
    const until = clock.now() + SECOND;
    await outbox.settleInvitation(third, { kind: "deferred", reason: "x", until });
    assert.deepEqual((await send(subject)).map(rooms), [[room(1)]]);
  });

  test("other people, and other addresses, have mails of their own", async (subject) => {
    const { outbox, clock } = subject;
    await record(subject, inviteTo(1), inviteTo(2), invite(3, { invitee: CAROL }));
    clock.advance(DELAY);
    for (const claim of await outbox.claimInvitations(9)) {
      const mails = ["team@example.org", "team@home.example"].map(mailTo);
      await outbox.settleInvitation(claim, { kind: "resolved", mails });
    }
    assert.deepEqual(
      (await send(subject)).map(({ userId, address, invitations }) =>
        [userId, address, invitations.length].join(" ")
      ).sort(),
      [
        `${BOB} team@example.org 2`,
        `${BOB} team@home.example 2`,
        `${CAROL} team@example.org 1`,
        `${CAROL} team@home.example 1`,
      ],
    );
  });

  test("what comes within the window leaves together at its end", async (subject) => {
    const { outbox, clock } = subject;
    await tell(subject, 1);
    const sentAt = clock.now();
    await tell(subject, 2);
    clock.advance(MINUTE);
    assert.deepEqual(await tell(subject, 3), []);
    assert.equal(await outbox.nextDue("mails"), sentAt + GATHERING.window);
    clock.set(sentAt + GATHERING.window - 1);
    assert.deepEqual(await work(subject), []);
    clock.advance(1);
    assert.deepEqual((await work(subject)).map(rooms), [[room(2), room(3)]]);
    const [third, second] = await steps(subject);
    assert.deepEqual(second, ["seen", "resolved", "gathering", "sent"]);
    assert.deepEqual(third, ["seen", "resolved", "gathered", "sent"]);
  });

  test("the window doubles while invitations keep coming, and falls back after a day", async (subject) => {
    const { clock } = subject;
    const pauses: number[] = [];
    let number = 0;
    let last = clock.now();
    for (const pause of [0, 1, 1, 1, 1, 35, 23 * 60, 24 * 60 + 1, 1]) {
      clock.advance(pause * MINUTE);
      const sent = await tell(subject, number++);
      if (sent.length === 0) await nextMail(subject);
      pauses.push(Math.floor((clock.now() - last) / MINUTE));
      last = clock.now();
    }
    assert.deepEqual(pauses, [0, 10, 20, 30, 30, 35, 23 * 60, 24 * 60 + 1, 10]);
  });

  test("an own inviter's invitation waits for no window of strangers, and takes theirs along", async (subject) => {
    await tell(subject, 1, STRANGER);
    assert.deepEqual(await tell(subject, 2, STRANGER), []);
    assert.deepEqual((await tell(subject, 3)).map(rooms), [[room(3), room(2)]]);
    assert.deepEqual(await tell(subject, 4), [], "the window of own inviters");
  });

  test("a mail that was tried is joined by none, and those after it wait as if it was sent", async (subject) => {
    const { outbox, clock } = subject;
    const until = () => clock.now() + 3 * MINUTE;
    for (const [index, how] of (["deferred", "released", "dies"] as const).entries()) {
      const start = clock.now();
      await resolve(subject, 10 * index + 1);
      const [claim] = await claimAll(subject);
      assert(claim);
      if (how === "dies") clock.advance(PAST_LEASE);
      else {
        const outcome: MailOutcome = { kind: how, reason: "x", until: until() };
        await outbox.settleMail(claim, outcome);
      }
      await resolve(subject, 10 * index + 2);
      const sent: number[] = [];
      for (let due; (due = await outbox.nextDue("mails")) !== undefined;) {
        clock.set(Math.max(due, clock.now()));
        for (const mail of await send(subject)) sent.push(mail.invitations.length);
      }
      assert.deepEqual(sent, [1, 1], how);
      assert(clock.now() - start >= GATHERING.window, how);
      clock.advance(2 * DAY);
    }
  });

  test("a mail that a rule postponed can still be joined", async (subject) => {
    const { outbox, clock } = subject;
    await resolve(subject, 1);
    const [claim] = await claimAll(subject);
    assert(claim);
    const until = clock.now() + HOUR;
    await outbox.settleMail(claim, { kind: "postponed", reason: "quiet hours", until });
    await resolve(subject, 2);
    assert.deepEqual(await send(subject), []);
    clock.set(until);
    assert.deepEqual((await send(subject)).map(rooms), [[room(1), room(2)]]);
  });

  test("what waits for the limit leaves with the next mail", async (subject) => {
    const { clock } = subject;
    const limits = { perAddress: { count: 1, per: DAY } };
    await tell(subject, 1, ALICE, limits);
    clock.advance(GATHERING.window);
    for (const number of [2, 3, 4]) {
      assert.deepEqual(await tell(subject, number, ALICE, limits), []);
      clock.advance(HOUR);
    }
    assert.deepEqual((await nextMail(subject, limits)).map(rooms), [[2, 3, 4].map(room)]);
    const [last] = await steps(subject);
    assert.deepEqual(last, ["seen", "resolved", "gathered", "sent"]);
  });

  test("an own inviter's invitation frees strangers' that wait for the limit", async (subject) => {
    const { clock } = subject;
    const limits = { perAddress: { count: 2, per: DAY }, ownShare: 0.5 };
    await tell(subject, 1, STRANGER, limits);
    clock.advance(HOUR);
    assert.deepEqual(await tell(subject, 2, STRANGER, limits), []);
    assert.deepEqual((await tell(subject, 3, ALICE, limits)).map(rooms), [[room(3), room(2)]]);
  });

  test("a reminder neither waits nor is joined, and has no window", async (subject) => {
    const { outbox, clock } = subject;
    await resolve(subject, 1);
    const [claim] = await claimAll(subject);
    assert(claim);
    const dueAt = clock.now() + MINUTE;
    const reminder = { messageId: "<r@example.org>", dueAt };
    await outbox.settleMail(claim, { ...SENT, reminder });
    await resolve(subject, 2);
    assert.deepEqual(await send(subject), []);
    clock.set(dueAt);
    assert.deepEqual((await send(subject)).map(({ kind }) => kind), ["reminder"]);
    clock.set(claim.queuedAt + GATHERING.window);
    assert.deepEqual((await send(subject)).map(({ kind }) => kind), ["invite"]);
  });

  test("what is answered while a mail gathers is not in it, and an empty one is cancelled", async (subject) => {
    const { outbox } = subject;
    await tell(subject, 1);
    await tell(subject, 2);
    await tell(subject, 3);
    await record(subject, answer(1, { room: room(2) }));
    assert.deepEqual((await nextMail(subject)).map(rooms), [[room(3)]]);
    await tell(subject, 4);
    await record(subject, answer(2, { room: room(4) }));
    assert.deepEqual((await outbox.counts()).mails, { sent: 2, cancelled: 1 });
    assert.deepEqual(await states(subject), [
      "cancelled: joined",
      "resolved",
      "resolved",
      "resolved",
    ]);
    assert.equal(await outbox.nextDue("mails"), undefined);
  });

  test("a mail that the administrator retries leaves at once", async (subject) => {
    const { outbox } = subject;
    await tell(subject, 1);
    await tell(subject, 2);
    assert.deepEqual(await outbox.records.retry({ work: "mails", id: 2 }), { kind: "done" });
    assert.deepEqual((await send(subject)).map(rooms), [[room(2)]]);
  });

  test.thorough("five thousand strangers delay ten own inviters' invitations by a delay at most", async (subject) => {
    const { clock } = subject;
    await record(
      subject,
      ...numbers(5000).map((number) => inviteTo(number, `@s${number}:remote.example`)),
      ...numbers(10).map((number) => inviteTo(10_000 + number)),
    );
    const limits = { perAddress: { count: 20, per: DAY }, ownShare: 0.5 };
    const perServer = { count: 500, per: HOUR };
    const told: string[] = [];
    while (told.length < 10 && clock.now() < START + GATHERING.window) {
      clock.advance(SECOND);
      // What a service looks up in a second.
      for (const claim of await subject.outbox.claimInvitations(50, { strangers: 25, perServer })) {
        const outcome = { kind: "resolved", mails: [mailTo("bob@example.org")] } as const;
        await subject.outbox.settleInvitation(claim, outcome);
      }
      for (const mail of await send(subject, limits)) {
        told.push(
          ...mail.invitations.filter(({ inviter }) => inviter === ALICE)
            .map(({ roomId }) => roomId),
        );
      }
    }
    assert.deepEqual(told, numbers(10).map((number) => room(10_000 + number)));
    assert(clock.now() - START <= 2 * DELAY + 5 * SECOND, `${clock.now() - START} ms`);
  });

  test("a refused mail's open invitations go to the next address together", async (subject) => {
    const { outbox, clock } = subject;
    await record(subject, ...numbers(5).map((number) => inviteTo(number)));
    clock.advance(DELAY);
    for (const claim of await outbox.claimInvitations(100)) {
      const mails = [mailWithFailover(["bob@gone.example", "bob@home.example"])];
      await outbox.settleInvitation(claim, { kind: "resolved", mails });
    }
    const [first] = await claimAll(subject);
    assert(first);
    await record(subject, answer(100, { room: room(3) }));
    await outbox.settleMail(first, { kind: "rejected", reason: "550 5.1.1 User unknown" });
    const [next] = await send(subject);
    assert.equal(next?.address, "bob@home.example");
    assert.deepEqual(rooms(next), [0, 1, 2, 4].map(room));
    assert.deepEqual((await outbox.counts()).mails, { rejected: 1, sent: 1 });
  });

  test("what the first address refuses gathers at the next one", async (subject) => {
    const { outbox, clock } = subject;
    const sent: ClaimedMail[] = [];
    for (const number of numbers(20)) {
      await record(subject, inviteTo(number));
      clock.advance(2 * DELAY);
      sent.push(...await failOver(subject));
    }
    assert.deepEqual(sent.map(rooms), [[room(0)]]);
    clock.set(START + 2 * DELAY + GATHERING.window);
    const [rest, ...others] = await failOver(subject);
    assert.deepEqual([rooms(rest), others], [numbers(20).slice(1).map(room), []]);
    assert.equal((await outbox.counts()).mails.rejected, 20);
    assert.deepEqual((await steps(subject))[0], [
      ...["seen", "resolved", "rejected", "next address", "sent"],
    ]);
    assert.equal(await outbox.nextDue("mails"), undefined);
  });
}

/** Settles what leaves: refused where it goes to the first address. Returns what was accepted. */
async function failOver(subject: Subject): Promise<readonly ClaimedMail[]> {
  for (const claim of await subject.outbox.claimInvitations(100)) {
    const mails = [mailWithFailover(["bob@gone.example", "bob@home.example"])];
    await subject.outbox.settleInvitation(claim, { kind: "resolved", mails });
  }
  const sent: ClaimedMail[] = [];
  for (let mails = await claimAll(subject); mails.length > 0; mails = await claimAll(subject)) {
    for (const mail of mails) {
      const isSent = mail.address === "bob@home.example";
      if (isSent) sent.push(mail);
      const refused = { kind: "rejected", reason: "550 5.1.1 User unknown" } as const;
      await subject.outbox.settleMail(mail, isSent ? SENT : refused);
    }
  }
  return sent;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function rooms(mail: ClaimedMail | undefined): readonly string[] {
  return mail?.invitations.map(({ roomId }) => roomId) ?? [];
}

type Limits = Pick<MailClaimOptions, "perAddress" | "ownShare">;

function claimAll({ outbox }: Subject, limits: Limits = { perAddress: null }) {
  return outbox.claimMails({ count: 100, ...limits });
}

/** Sends what leaves now. */
async function send(subject: Subject, limits?: Limits): Promise<readonly ClaimedMail[]> {
  const mails = await claimAll(subject, limits);
  for (const mail of mails) await subject.outbox.settleMail(mail, SENT);
  return mails;
}

/** Looks up what is due, and sends what leaves then. */
async function work(subject: Subject, limits?: Limits): Promise<readonly ClaimedMail[]> {
  for (const claim of await subject.outbox.claimInvitations(1000)) {
    const mails = [mailTo("bob@example.org")];
    await subject.outbox.settleInvitation(claim, { kind: "resolved", mails });
  }
  return await send(subject, limits);
}

/** Brings an invite to a mail that may leave. */
async function resolve(subject: Subject, number: number, inviter = ALICE): Promise<void> {
  await record(subject, inviteTo(number, inviter));
  subject.clock.advance(DELAY);
  for (const claim of await subject.outbox.claimInvitations(100)) {
    const mails = [mailTo("bob@example.org")];
    await subject.outbox.settleInvitation(claim, { kind: "resolved", mails });
  }
}

/** Brings an invite to a mail, and sends what leaves then. */
async function tell(
  subject: Subject,
  number: number,
  inviter = ALICE,
  limits?: Limits,
): Promise<readonly ClaimedMail[]> {
  await resolve(subject, number, inviter);
  return await send(subject, limits);
}

/** Waits for the next mail that leaves. */
async function nextMail(subject: Subject, limits?: Limits): Promise<readonly ClaimedMail[]> {
  for (;;) {
    const due = await subject.outbox.nextDue("mails");
    assert(due !== undefined, "a mail waits");
    subject.clock.set(Math.max(due, subject.clock.now()));
    const sent = await send(subject, limits);
    if (sent.length > 0) return sent;
  }
}
