/**
 * What every outbox reports about its work and its history.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  CAROL,
  claimInvitation,
  claimMail,
  DELAY,
  drain,
  invite,
  mailTo,
  PAST_LEASE,
  present,
  queueMails,
  record,
  recordInvite,
  SENT,
  START,
} from "./outbox_samples.ts";

/** Registers the tests of reports. */
export function workContract(test: Contract): void {
  const resolved = { kind: "resolved", mails: [mailTo("bob@example.org")] } as const;

  test("nextDue is the earliest time, and undefined when nothing waits", async (subject) => {
    const { outbox, clock } = subject;
    assert.equal(await outbox.nextDue("invitations"), undefined);
    await recordInvite(subject, invite(1));
    clock.advance(5);
    await recordInvite(subject, invite(2, { invitee: CAROL }));
    assert.equal(await outbox.nextDue("invitations"), START + DELAY);
    assert.equal(await outbox.nextDue("mails"), undefined);
    clock.advance(DELAY);
    await drain(subject);
    assert.equal(await outbox.nextDue("invitations"), undefined);
    assert.equal(await outbox.nextDue("mails"), undefined);
  });

  test("a claim is held until it is settled, or the row is claimed again", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    const lapsed = await claimMail(subject);
    assert.equal(await outbox.isHeld("mails", lapsed), true);
    clock.advance(PAST_LEASE);
    const mail = await claimMail(subject);
    assert.equal(mail.id, lapsed.id);
    assert.equal(await outbox.isHeld("mails", lapsed), false);
    assert.equal(await outbox.isHeld("mails", mail), true);
    await outbox.settleMail(mail, SENT);
    assert.equal(await outbox.isHeld("mails", mail), false);
  });

  test("work is announced exactly when there may be some", async (subject) => {
    const { outbox, clock } = subject;
    let calls = 0;
    const stop = outbox.onWork(() => calls++);
    async function announces(work: () => Promise<unknown>): Promise<boolean> {
      const before = calls;
      await work();
      return calls > before;
    }
    const until = () => clock.now() + 1;
    assert.equal(await announces(() => record(subject, invite(1))), true);
    assert.equal(await announces(() => record(subject, invite(1))), false, "a replay");
    assert.equal(await announces(() => record(subject, answer(2))), false, "an answer");
    await record(subject, invite(3));
    clock.advance(DELAY);
    const first = await claimInvitation(subject);
    assert.equal(
      await announces(() =>
        outbox.settleInvitation(first, { kind: "deferred", reason: "x", until: until() })
      ),
      true,
    );
    clock.advance(1);
    const second = await claimInvitation(subject);
    assert.equal(await announces(() => outbox.settleInvitation(first, resolved)), false);
    assert.equal(await announces(() => outbox.settleInvitation(second, resolved)), true);
    const [mail] = await outbox.claimMails({ count: 1, perAddress: null });
    assert(mail);
    const deferred = { kind: "deferred", reason: "x", until: until() } as const;
    assert.equal(await announces(() => outbox.settleMail(mail, deferred)), true);
    clock.advance(1);
    const [again] = await outbox.claimMails({ count: 1, perAddress: null });
    assert(again);
    const sent = { kind: "sent", response: "250" } as const;
    assert.equal(await announces(() => outbox.settleMail(mail, sent)), false, "an old fence");
    assert.equal(await announces(() => outbox.settleMail(again, sent)), false);
    stop();
    assert.equal(await announces(() => record(subject, invite(5, { invitee: CAROL }))), false);
  });

  test("histories have everything, the latest first, of one person only", async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    await recordInvite(subject, invite(2, { invitee: CAROL }));
    clock.advance(DELAY);
    await drain(subject);
    await recordInvite(subject, invite(3, { room: "!other:example.org" }));
    const [latest, first, ...others] = await outbox.histories(BOB, 10);
    assert.deepEqual(others, []);
    assert.equal(latest?.roomId, "!other:example.org");
    assert.deepEqual(present(first), {
      invitation: 1,
      roomId: "!plans:example.org",
      inviter: "@alice:example.org",
      eventId: "$event1",
      state: "resolved",
      mails: ["sent"],
      timeline: [
        { at: START, step: "seen", data: { eventId: "$event1", dueAt: START + DELAY } },
        { at: START + DELAY, step: "resolved", data: { mails: [1] } },
        { at: START + DELAY, step: "sent", data: { mail: 1, response: "250 OK" } },
      ],
    });
    assert.equal((await outbox.histories(BOB, 1)).length, 1);
  });
}
