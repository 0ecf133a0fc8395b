/**
 * How every outbox is compared with the homeserver's own memberships.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Change } from "../../src/domain/invitation.ts";
import type { Contract } from "./outbox.ts";
import {
  answer,
  CAROL,
  drain,
  invite,
  queueMails,
  record,
  recordInvite,
  START,
  states,
} from "./outbox_samples.ts";

/** Registers the tests of what a sweep needs. */
export function sweepContract(test: Contract): void {
  test("it knows when it was created", async ({ outbox, clock }) => {
    clock.advance(1000);
    await Promise.resolve();
    assert.equal(outbox.createdAt, START);
  });

  test("what is open is listed in pages: pending, or mailed and not answered", async (subject) => {
    await queueMails(subject, invite(1));
    await recordInvite(subject, invite(2, { invitee: CAROL }));
    const closed = await recordInvite(subject, invite(3, { room: "!closed:x" }));
    await record(subject, answer(4, { room: "!closed:x" }));
    await recordInvite(subject, invite(5, { room: "!other:x" }));
    const pages = [
      await subject.outbox.openInvitations(0, 2),
      await subject.outbox.openInvitations(2, 2),
    ];
    assert.deepEqual(pages.map((page) => page.map(({ id }) => id)), [[1, 2], [4]]);
    assert.equal(closed, 3);
    const { key, roomId, invitee, eventId } = invite(1).invitation;
    assert.deepEqual(pages[0]?.[0], { id: 1, key, roomId, invitee, eventId });
    await drain(subject);
    assert.equal((await subject.outbox.openInvitations(0, 9)).length, 3);
  });

  test("an answer for one invitation leaves a newer one alone", async (subject) => {
    const old = invite(1);
    await recordInvite(subject, old);
    await recordInvite(subject, invite(2));
    const only = answerTo(old, 3);
    assert.deepEqual(await record(subject, only), [{ kind: "known" }]);
    assert.deepEqual(await states(subject), ["pending", "cancelled: superseded"]);
    // It was not applied, and is still the answer to whatever a transaction says.
    const [applied] = await record(subject, answer(3));
    assert.equal(applied?.kind, "answered");
  });

  test("an answer for one invitation closes it, once, and cancels its mails", async (subject) => {
    const change = invite(1);
    await queueMails(subject, change);
    assert.deepEqual(await record(subject, answerTo(change, 2)), [
      { kind: "answered", invitations: [1], cancelledMails: 1 },
    ]);
    assert.deepEqual(await record(subject, answer(2)), [{ kind: "known" }]);
    assert.deepEqual(await subject.outbox.openInvitations(0, 9), []);
  });

  test("the history tells what was found in the homeserver's database", async (subject) => {
    const { outbox, clock } = subject;
    const options = { receivedAt: clock.now(), dueAt: clock.now(), source: "database" } as const;
    await outbox.record([invite(1)], options);
    await outbox.record([answer(2)], options);
    const timeline = await outbox.records.timeline(1);
    assert.deepEqual(timeline.map(({ step, data }) => [step, data.source]), [
      ["seen", "database"],
      ["answered", "database"],
    ]);
  });
}

function answerTo(invited: ReturnType<typeof invite>, number: number): Change {
  const { answer: about, kind } = answer(number, { how: "declined" });
  return { kind, answer: { ...about, only: [invited.invitation.key] } };
}
