/**
 * How every outbox keeps to the limits of a room and of all mails, and who goes first among those
 * that wait for one limit.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { UserId } from "../../src/domain/user_id.ts";
import type { InvitationClaimOptions, MailClaimOptions } from "../../src/outbox/port.ts";
import { DAY, HOUR } from "../../src/settings/duration.ts";
import { howMany, runs } from "../thorough.ts";
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
  steps,
  type Subject,
} from "./outbox_samples.ts";

const ROOM_LIMIT: InvitationClaimOptions = { perRoom: { count: 4, per: HOUR }, ownShare: 0.5 };
const OVERALL = { perAddress: null, overall: { count: 4, per: DAY }, ownShare: 0.5 };

/** Registers the tests of rooms, of all mails together, and of turns. */
export function turnsContract(test: Contract): void {
  test("a room has no more invitations worked on than the limit says, own ones too", async (subject) => {
    const { outbox, clock } = subject;
    await inviteMany(subject, 10, () => ALICE, { room: "!all:example.org" });
    await inviteMany(subject, 2, () => ALICE, { room: "!other:example.org" });
    const base = clock.now();
    const times = await work(subject, ROOM_LIMIT);
    assert.deepEqual(times.map(({ at }) => at - base), [
      ...[0, 0, 0, 0, 0, 0, HOUR, HOUR, HOUR, HOUR, 2 * HOUR, 2 * HOUR],
    ]);
    assert.deepEqual((await steps(subject, "@p9:example.org" as UserId))[0], [
      ...["seen", "limited", "skipped"],
    ]);
    assert.equal(await outbox.nextDue("invitations"), undefined);
  });

  test("strangers get a part of a room's places, and colleagues go before them", async (subject) => {
    const { outbox } = subject;
    await inviteMany(subject, 6, () => "@s:remote.example");
    const strangers = await outbox.claimInvitations(9, ROOM_LIMIT);
    assert.deepEqual(strangers.map(({ own }) => own), [false, false]);
    await inviteMany(subject, 3, () => ALICE);
    const own = await outbox.claimInvitations(9, ROOM_LIMIT);
    assert.deepEqual(own.map(({ inviter }) => inviter), [ALICE, ALICE]);
    subject.clock.advance(HOUR);
    const [next] = await outbox.claimInvitations(1, ROOM_LIMIT);
    assert.equal(next?.inviter, ALICE);
  });

  test("what waits for its inviter takes no place of the room's", async (subject) => {
    const { outbox } = subject;
    await inviteMany(subject, 10, () => "@a:remote.example");
    await inviteMany(subject, 2, () => "@b:other.example");
    const options = { ...ROOM_LIMIT, ownShare: 0, perInviter: { count: 2, per: HOUR } };
    const claimed = await outbox.claimInvitations(9, options);
    assert.deepEqual(claimed.map(({ inviter }) => inviter), [
      ...["@a:remote.example", "@a:remote.example", "@b:other.example", "@b:other.example"],
    ]);
  });

  test("no more mails are sent in all than the limit says, whoever gets them", async (subject) => {
    const { clock } = subject;
    await queueMany(subject, 10, () => ALICE);
    const base = clock.now();
    const sent = await sendAll(subject, OVERALL);
    assert.deepEqual(sent.map(({ at }) => at - base), [
      ...[0, 0, 0, 0, DAY, DAY, DAY, DAY, 2 * DAY, 2 * DAY],
    ]);
    const [history] = await subject.outbox.histories("@p9:example.org" as UserId, 1);
    assert.deepEqual(history?.timeline.map(({ step, data }) => [step, data.reason]), [
      ["seen", undefined],
      ["resolved", undefined],
      ["limited", "overall limit"],
      ["sent", undefined],
    ]);
  });

  test("a mail that was not sent gives its place to the next, whichever limit that waits for", async (subject) => {
    const { outbox, clock } = subject;
    for (const kind of ["rejected", "expired", "deferred", "released", "postponed"] as const) {
      await queueMany(subject, 3, () => "@s:remote.example");
      const [claim, ...others] = await outbox.claimMails({ count: 9, ...OVERALL });
      assert(claim && others.length === 1, kind);
      assert.equal((await outbox.claimMails({ count: 9, ...OVERALL })).length, 0);
      await outbox.settleMail(claim, { kind, reason: "x", until: clock.now() + DAY });
      assert((await outbox.nextDue("mails") ?? Infinity) <= clock.now());
      assert.equal((await outbox.claimMails({ count: 9, ...OVERALL })).length, 1);
      clock.advance(2 * DAY);
      await sendAll(subject, { ...OVERALL, overall: null });
      clock.advance(2 * DAY);
    }
  });

  test("a mail that waits for both limits is sent once, in its place of both", async (subject) => {
    const both = { ...OVERALL, perAddress: { count: 2, per: DAY }, ownShare: 0 };
    await queueMany(subject, 12, () => ALICE, (place) => `p${place % 3}@example.org`);
    const sent = await sendAll(subject, both);
    assert.equal(new Set(sent.map(({ mail }) => mail)).size, 12);
    assertWithin(sent, both);
    assert(subject.clock.now() - (sent[0]?.at ?? 0) <= 3 * DAY, "the limits are made use of");
  });

  test("deleted mails count against the limit of all", async (subject) => {
    const { outbox, clock } = subject;
    await queueMany(subject, 5, () => ALICE);
    for (const mail of await outbox.claimMails({ count: 4, ...OVERALL })) {
      await outbox.settleMail(mail, SENT);
    }
    clock.advance(HOUR);
    assert.equal(await outbox.pruneFinished(clock.now()), 4);
    assert.deepEqual(await outbox.claimMails({ count: 9, ...OVERALL }), []);
    clock.advance(DAY - HOUR);
    assert.equal((await outbox.claimMails({ count: 9, ...OVERALL })).length, 1);
  });

  for (
    const [what, options] of Object.entries(
      {
        "one address": { perAddress: { count: 4, per: DAY }, ownShare: 0 },
        "all mails": { perAddress: null, overall: { count: 4, per: DAY }, ownShare: 0 },
      } satisfies Record<string, Omit<MailClaimOptions, "count">>,
    )
  ) {
    const testRow = what === "one address" ? test : test.thorough;
    testRow(`${what}: a server that had few goes before one that had many`, async (subject) => {
      const { clock, outbox } = subject;
      const toOne = () => "bob@example.org";
      await queueMany(subject, howMany(60, 200), () => "@s:many.example", toOne);
      assert.equal((await sendDue(subject, options)).length, 4);
      clock.advance(1);
      await queueMany(subject, 2, () => "@s:few.example", toOne);
      await queueMany(subject, 2, () => "@s:none.example", toOne);
      await sendDue(subject, options);
      const days: string[][] = [];
      while (days.length < 2) {
        clock.set(Math.max(clock.now() + 1, await outbox.nextDue("mails") ?? 0));
        days.push((await sendDue(subject, options)).map(({ server }) => server).sort());
      }
      assert.deepEqual(days, [
        ["few.example", "few.example", "none.example", "none.example"],
        ["many.example", "many.example", "many.example", "many.example"],
      ]);
    });

    testRow(`${what}: ever new servers delay nobody for ever`, async (subject) => {
      const { clock, outbox } = subject;
      let number = 0;
      const toOne = () => "bob@example.org";
      const crowd = () => `@s:server${number++}.example`;
      await queueMany(subject, 6, () => "@s:patient.example", toOne);
      const waited: number[] = [];
      for (let day = 0; waited.length < 6; day++) {
        assert(day < 20, "a mail waits for ever");
        await queueMany(subject, 6, crowd, toOne);
        const sent = await sendDue(subject, options);
        waited.push(...sent.filter(({ server }) => server === "patient.example").map(() => day));
        clock.set(Math.max(clock.now() + DAY, await outbox.nextDue("mails") ?? 0));
      }
      assert.deepEqual(waited.slice(0, 4), [0, 0, 0, 0]);
    });
  }

  test("one room: a server that had few goes before one that had many", async (subject) => {
    await inviteMany(subject, 100, () => "@s:many.example");
    const limit = { perRoom: { count: 4, per: HOUR }, ownShare: 0 };
    const first = await subject.outbox.claimInvitations(100, limit);
    assert.equal(first.length, 4);
    for (const claim of first) {
      await subject.outbox.settleInvitation(claim, { kind: "skipped", reason: "x" });
    }
    await inviteMany(subject, 3, () => "@s:few.example", { from: 100 });
    await subject.outbox.claimInvitations(100, limit);
    subject.clock.advance(HOUR);
    const next = await subject.outbox.claimInvitations(100, limit);
    assert.deepEqual(next.map(({ inviter }) => inviter).sort(), [
      ...["@s:few.example", "@s:few.example", "@s:few.example", "@s:many.example"],
    ]);
  });

  test("an answer ends what waits for the room or for all mails", async (subject) => {
    const { outbox } = subject;
    await inviteMany(subject, 6, () => ALICE);
    await outbox.claimInvitations(9, ROOM_LIMIT);
    await record(subject, answer(1, { invitee: "@p5:example.org" as UserId }));
    assert.equal((await outbox.counts()).invitations.cancelled, 1);
    assert.deepEqual((await outbox.records.summary(0)).limited, { room: 1 });
  });

  test("whatever comes, no limit is exceeded, nobody starves and own inviters come first", async (subject) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            inviter: fc.constantFrom(ALICE, "@s:a.example", "@s:b.example", "@t:b.example"),
            address: fc.constantFrom("x@example.org", "y@example.org"),
            pause: fc.constantFrom(0, 0, 0, HOUR, DAY),
            outcome: fc.constantFrom("sent", "sent", "sent", "rejected"),
          }),
          { minLength: 1, maxLength: 25 },
        ),
        fc.record({
          perAddress: fc.option(limitOf(4)),
          overall: fc.option(limitOf(6)),
          ownShare: fc.constantFrom(0, 0.5, 1),
        }),
        async (arrivals, limits) => {
          const { outbox, clock } = subject;
          const sent: Sent[] = [];
          const outcomes = new Map<number, "sent" | "rejected">();
          for (const { inviter, address, pause, outcome } of arrivals) {
            const ids = await queueMany(subject, 1, () => inviter, () => address);
            for (const id of ids) outcomes.set(id, outcome as "sent" | "rejected");
            clock.advance(pause);
            sent.push(...await sendDue(subject, limits, outcomes));
          }
          sent.push(...await sendAll(subject, limits, outcomes));
          const all = [...outcomes].filter(([, outcome]) => outcome === "sent").map(([id]) => id);
          assert.deepEqual(sent.map(({ mail }) => mail).sort((a, b) => a - b), all);
          assertWithin(sent, limits);
          assert.deepEqual((await outbox.records.summary(0)).limited, {});
          clock.advance(3 * DAY);
        },
      ),
      runs(25),
    );
  });
}

function limitOf(most: number) {
  return fc.record({ count: fc.integer({ min: 1, max: most }), per: fc.constantFrom(HOUR, DAY) });
}

interface Sent {
  readonly mail: number;
  readonly address: string;
  readonly server: string;
  readonly own: boolean;
  readonly at: number;
}

type Limits = Omit<MailClaimOptions, "count">;

/** Checks that no span of a limit has more mails than that admits. */
function assertWithin(sent: readonly Sent[], { perAddress, overall, ownShare = 0 }: Limits): void {
  const check = (limit: Limits["overall"], mails: readonly Sent[]) => {
    if (!limit) return;
    const strangers = Math.max(1, Math.floor(limit.count * (1 - ownShare)));
    for (const { at } of mails) {
      const within: readonly Sent[] = mails.filter((mail) =>
        mail.at > at - limit.per && mail.at <= at
      );
      assert(within.length <= limit.count, `${within.length} mails`);
      assert(within.filter(({ own }) => !own).length <= strangers, "the own share is kept");
    }
  };
  for (const address of new Set(sent.map((mail) => mail.address))) {
    check(perAddress, sent.filter((mail) => mail.address === address));
  }
  check(overall, sent);
}

/** Sends what is due. */
async function sendDue(
  { outbox, clock }: Subject,
  limits: Limits,
  outcomes?: ReadonlyMap<number, "sent" | "rejected">,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (let due; (due = await outbox.nextDue("mails")) !== undefined && due <= clock.now();) {
    for (
      const { id, fence, address, own, invitations } of await outbox.claimMails({
        count: 10,
        ...limits,
      })
    ) {
      const isRefused = outcomes?.get(id) === "rejected";
      await outbox.settleMail({ id, fence }, isRefused ? { kind: "rejected", reason: "no" } : SENT);
      const server = invitations[0]?.inviter.split(":")[1] ?? "";
      if (!isRefused) sent.push({ mail: id, address, server, own, at: clock.now() });
    }
  }
  return sent;
}

/** Sends everything, at its time. */
async function sendAll(
  subject: Subject,
  limits: Limits,
  outcomes?: ReadonlyMap<number, "sent" | "rejected">,
): Promise<Sent[]> {
  const { outbox, clock } = subject;
  const sent: Sent[] = [];
  for (let due; (due = await outbox.nextDue("mails")) !== undefined;) {
    clock.set(Math.max(clock.now(), due));
    sent.push(...await sendDue(subject, limits, outcomes));
  }
  return sent;
}

/** Works on all invitations at their times; returns when. */
async function work({ outbox, clock }: Subject, options: InvitationClaimOptions) {
  const times: { readonly id: number; readonly at: number }[] = [];
  for (let due; (due = await outbox.nextDue("invitations")) !== undefined;) {
    clock.set(Math.max(clock.now(), due));
    for (const claim of await outbox.claimInvitations(10, options)) {
      await outbox.settleInvitation(claim, { kind: "skipped", reason: "x" });
      times.push({ id: claim.id, at: clock.now() });
    }
  }
  return times;
}

let events = 0;

/** Records invites of as many people to one room. */
async function inviteMany(
  subject: Subject,
  count: number,
  inviter: (number: number) => string,
  { from = 0, ...where }: { readonly room?: string; readonly from?: number } = {},
): Promise<void> {
  await record(
    subject,
    ...Array.from({ length: count }, (_, number) =>
      invite(events++, {
        ...where,
        invitee: `@p${from + number}:example.org` as UserId,
        inviter: inviter(number),
      })),
  );
  subject.clock.advance(DELAY);
}

/** Queues as many mails, each to another person about another room; returns their IDs. */
async function queueMany(
  subject: Subject,
  count: number,
  inviter: (number: number) => string,
  address: (number: number) => string = (number) => `p${number}@example.org`,
): Promise<readonly number[]> {
  const { outbox, clock } = subject;
  await record(
    subject,
    ...Array.from({ length: count }, (_, number) =>
      invite(events++, {
        room: `!t${events}:x.org`,
        invitee: count === 1 ? BOB : `@p${number}:example.org` as UserId,
        inviter: inviter(number),
      })),
  );
  clock.advance(DELAY);
  const queued: number[] = [];
  // Own inviters' are claimed first, so the person says which mail it is.
  for (const claim of await outbox.claimInvitations(count)) {
    const number = count === 1 ? 0 : Number(claim.invitee.slice(2, claim.invitee.indexOf(":")));
    const mails = [mailTo(address(number))];
    const settled = await outbox.settleInvitation(claim, { kind: "resolved", mails });
    if (settled.kind === "settled") queued.push(...settled.mails);
  }
  return queued;
}
