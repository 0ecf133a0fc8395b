/**
 * What every outbox does with an invitation from its claim to its end.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { InvitationOutcome } from "../../src/outbox/port.ts";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  claimInvitation,
  DELAY,
  drain,
  invite,
  mailTo,
  PAST_LEASE,
  record,
  recordInvite,
  START,
  states,
  steps,
} from "./outbox_samples.ts";

/** Registers the tests of an invitation's states. */
export function statesContract(test: Contract): void {
  const resolved: InvitationOutcome = { kind: "resolved", mails: [mailTo("bob@example.org")] };

  test("a claimed invitation is not claimed again", async (subject) => {
    await recordInvite(subject, invite(1));
    subject.clock.advance(DELAY);
    assert.equal((await claimInvitation(subject)).attempts, 0);
    assert.deepEqual(await subject.outbox.claimInvitations(10), []);
  });

  test("the invitation that is due the longest is claimed first", async (subject) => {
    const { outbox, clock } = subject;
    const rooms = ["!late:x.org", "!early:x.org", "!middle:x.org"];
    const dueIn = [300, 100, 200];
    for (const [place, room] of rooms.entries()) {
      const dueAt = START + (dueIn[place] ?? 0);
      await outbox.record([invite(place, { room })], { receivedAt: START, dueAt });
    }
    clock.advance(300);
    const claimed = [...await outbox.claimInvitations(2), ...await outbox.claimInvitations(2)];
    assert.deepEqual(claimed.map(({ roomId }) => roomId), [rooms[1], rooms[2], rooms[0]]);
  });

  for (const kind of ["skipped", "failed"] as const) {
    test(`an invitation that is ${kind} ends with its reason`, async (subject) => {
      await recordInvite(subject, invite(1));
      subject.clock.advance(DELAY);
      const claim = await claimInvitation(subject);
      const outcome = { kind, reason: "no address" };
      assert.deepEqual(await subject.outbox.settleInvitation(claim, outcome), {
        kind: "settled",
        mails: [],
      });
      assert.deepEqual(await states(subject), [`${kind}: no address`]);
      assert.deepEqual(await steps(subject), [["seen", kind]]);
      assert.equal(await subject.outbox.nextDue("invitations"), undefined);
      assert.equal(await subject.outbox.expectsAnswers(), false);
    });
  }

  test("a deferred invitation comes back at its time and counts", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const first = clock.now();
    for (const attempts of [1, 2, 3]) {
      const claim = await claimInvitation(subject);
      const until = clock.now() + 60_000;
      const outcome = { kind: "deferred", reason: "store down", until } as const;
      await outbox.settleInvitation(claim, outcome);
      assert.equal(await outbox.nextDue("invitations"), until);
      clock.advance(59_999);
      assert.deepEqual(await outbox.claimInvitations(1), []);
      clock.advance(1);
      const [again] = await outbox.claimInvitations(1);
      assert(again);
      assert.deepEqual([again.attempts, again.deferredSince], [attempts, first]);
      await outbox.settleInvitation(again, { kind: "released" });
    }
    const released = await claimInvitation(subject);
    assert.deepEqual([released.attempts, released.deferredSince], [3, first]);
  });

  test("a released invitation is due again at once, as if nothing had been", async (subject) => {
    await recordInvite(subject, invite(1));
    subject.clock.advance(DELAY);
    const claim = await claimInvitation(subject);
    await subject.outbox.settleInvitation(claim, { kind: "released" });
    const again = await claimInvitation(subject);
    assert.deepEqual(again, { ...claim, fence: claim.fence + 1 });
    assert.deepEqual(await steps(subject), [["seen"]]);
  });

  test("a lease that has ended makes the invitation claimable, its fence old", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const dead = await claimInvitation(subject);
    const leaseEnd = await outbox.nextDue("invitations");
    assert(leaseEnd !== undefined && leaseEnd > clock.now());
    clock.set(leaseEnd - 1);
    assert.deepEqual(await outbox.claimInvitations(1), []);
    clock.set(leaseEnd);
    const alive = await claimInvitation(subject);
    assert.equal(alive.fence, dead.fence + 1);
    for (
      const outcome of [
        resolved,
        { kind: "skipped", reason: "x" },
        { kind: "deferred", reason: "x", until: clock.now() },
        { kind: "released" },
      ] as const
    ) {
      assert.deepEqual(await outbox.settleInvitation(dead, outcome), { kind: "lost" });
    }
    assert.equal((await outbox.settleInvitation(alive, resolved)).kind, "settled");
    assert.deepEqual(await outbox.counts(), { invitations: { resolved: 1 }, mails: { queued: 1 } });
  });

  for (const first of ["resolved", "deferred", "released", "skipped"] as const) {
    test(`a claim that ended (${first}) cannot be settled again`, async (subject) => {
      const { outbox, clock } = subject;
      await recordInvite(subject, invite(1));
      clock.advance(DELAY);
      const claim = await claimInvitation(subject);
      const outcome: InvitationOutcome = first === "resolved"
        ? resolved
        : { kind: first, reason: "x", until: clock.now() };
      await outbox.settleInvitation(claim, outcome);
      const before = await outbox.histories(BOB, 10);
      assert.deepEqual(await outbox.settleInvitation(claim, resolved), { kind: "lost" });
      assert.deepEqual(await outbox.histories(BOB, 10), before);
    });
  }

  test("a claim of nothing is lost", async ({ outbox }) => {
    const settled = await outbox.settleInvitation({ id: 404, fence: 1 }, resolved);
    assert.deepEqual(settled, { kind: "lost" });
  });

  test("an invitation that is answered while it is claimed queues no mail", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const claim = await claimInvitation(subject);
    await record(subject, answer(2));
    assert.deepEqual(await outbox.settleInvitation(claim, resolved), { kind: "lost" });
    clock.advance(PAST_LEASE);
    assert.deepEqual(await drain(subject), []);
    assert.deepEqual(await states(subject), ["cancelled: joined"]);
  });

  test("an invitation that is superseded while it is claimed queues no mail", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const claim = await claimInvitation(subject);
    await record(subject, invite(2));
    assert.deepEqual(await outbox.settleInvitation(claim, resolved), { kind: "lost" });
    assert.equal((await drain(subject)).length, 1);
  });

  test("one mail is queued for each address, with the name from the stores", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const settled = await outbox.settleInvitation(await claimInvitation(subject), {
      kind: "resolved",
      mails: [mailTo("bob@example.org"), mailTo("bob@home.example")],
      inviterName: "Alice A.",
      room: { name: "Plans of ours" },
    });
    const mails = await outbox.claimMails({ count: 10, perAddress: null });
    assert.deepEqual(settled, { kind: "settled", mails: mails.map(({ id }) => id) });
    assert.deepEqual(
      mails.map(({ address, recipient, userId, kind, queuedAt, attempts }) => (
        { address, recipient, userId, kind, queuedAt, attempts }
      )),
      ["bob@example.org", "bob@home.example"].map((address) => ({
        address,
        recipient: { name: "Bob", language: "de" },
        userId: BOB,
        kind: "invite",
        queuedAt: clock.now(),
        attempts: 0,
      })),
    );
    assert(mails.every(({ invitations }) => invitations[0]?.inviterName === "Alice A."));
    assert(mails.every(({ invitations }) => {
      const room = invitations[0]?.facts.room;
      return room?.name === "Plans of ours" && room.kind === "room";
    }));
  });
}
