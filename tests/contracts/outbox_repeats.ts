/**
 * What every outbox knows of earlier mails about the same person and room.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Change } from "../../src/domain/invitation.ts";
import type { MailOutcome } from "../../src/outbox/port.ts";
import { DAY, HOUR } from "../../src/settings/duration.ts";
import type { Contract } from "./outbox.ts";
import {
  ALICE,
  answer,
  BOB,
  CAROL,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  queueMails,
  record,
  recordInvite,
  SENT,
  steps,
  type Subject,
} from "./outbox_samples.ts";

/** Registers the tests of repeats. */
export function repeatsContract(test: Contract): void {
  for (
    const [what, between] of Object.entries(
      {
        "who declined": [answer(1, { how: "declined" })],
        "whose invitation was withdrawn": [answer(1, { how: "withdrawn" })],
        "who was banned": [answer(1, { how: "banned" })],
        "of whom no answer was seen": [],
        "who joined another room": [
          answer(1, { how: "declined" }),
          answer(2, { room: "!other:x.org" }),
        ],
        "while somebody else joined": [
          answer(1, { how: "declined" }),
          answer(2, { invitee: CAROL }),
        ],
      } satisfies Record<string, Change[]>,
    )
  ) {
    test(`a repeated invitation of somebody ${what} has the earlier mail`, async (subject) => {
      const at = await mailAbout(subject, invite(1));
      for (const change of between) await record(subject, change);
      const claim = await claimAgain(subject, invite(2));
      assert.deepEqual(claim.mailedBefore, { invitation: 1, at });
    });
  }

  for (
    const [what, between] of Object.entries(
      {
        "joined": [answer(1)],
        "joined and left": [answer(1), answer(2, { how: "declined" })],
        "joined and was removed": [answer(1), answer(2, { how: "withdrawn" })],
        "declined and joined without an invitation": [
          answer(1, { how: "declined" }),
          answer(2),
          answer(3, { how: "declined" }),
        ],
        "was banned, unbanned and joined": [
          answer(1, { how: "banned" }),
          answer(2, { how: "withdrawn" }),
          answer(3),
        ],
        "declined, and accepted another invitation": [
          answer(1, { how: "declined" }),
          invite(5),
          answer(6),
        ],
      } satisfies Record<string, Change[]>,
    )
  ) {
    for (const together of [true, false]) {
      const how = together ? "in one body" : "in several bodies";
      test(`who ${what} in between, ${how}, is told again`, async (subject) => {
        await mailAbout(subject, invite(1));
        if (together) await record(subject, ...between);
        else for (const change of between) await record(subject, change);
        assert.equal((await claimAgain(subject, invite(7))).mailedBefore, undefined);
      });
    }
  }

  test("a join that comes again counts once, and not for what came later", async (subject) => {
    await mailAbout(subject, invite(1));
    const left = answer(1, { how: "declined" });
    await record(subject, left, answer(2));
    const at = await mailAbout(subject, invite(3));
    await record(subject, left, answer(2));
    await record(subject, answer(4, { how: "declined" }));
    assert.deepEqual((await claimAgain(subject, invite(5))).mailedBefore, { invitation: 2, at });
    assert.deepEqual((await steps(subject)).at(-1), [
      ...["seen", "resolved", "sent", "answered", "joined"],
    ]);
  });

  for (const kind of ["rejected", "expired", "deferred"] as const) {
    test(`a mail that is ${kind} has told nobody`, async (subject) => {
      const outcome = { kind, reason: "x", until: subject.clock.now() + DAY } as MailOutcome;
      await queueMails(subject, invite(1));
      await subject.outbox.settleMail(await claimMail(subject), outcome);
      await record(subject, answer(1, { how: "declined" }));
      assert.equal((await claimAgain(subject, invite(2))).mailedBefore, undefined);
    });
  }

  test("an invitation that was answered before its mail left has told nobody", async (subject) => {
    await queueMails(subject, invite(1));
    await record(subject, answer(1, { how: "declined" }));
    assert.equal((await claimAgain(subject, invite(2))).mailedBefore, undefined);
  });

  test("other people and other rooms have mails of their own", async (subject) => {
    await mailAbout(subject, invite(1));
    for (const other of [{ room: "!b:x.org" }, { invitee: CAROL }]) {
      await recordInvite(subject, invite(2, other));
      subject.clock.advance(DELAY);
      const claim = await claimInvitation(subject);
      assert.equal(claim.mailedBefore, undefined);
      await subject.outbox.settleInvitation(claim, { kind: "skipped", reason: "x" });
    }
  });

  test("the latest mail counts, a reminder as well, whoever invited", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    const reminder = { messageId: "<again@example.org>", dueAt: clock.now() + HOUR };
    await outbox.settleMail(await claimMail(subject), { ...SENT, reminder });
    clock.advance(HOUR);
    await outbox.settleMail(await claimMail(subject), SENT);
    const at = clock.now();
    const claim = await claimAgain(subject, invite(2, { inviter: "@erin:remote.example" }));
    assert.deepEqual(claim.mailedBefore, { invitation: 1, at });
  });

  test("what was skipped for an earlier mail does not extend its time", async (subject) => {
    const { outbox, clock } = subject;
    const at = await mailAbout(subject, invite(1));
    for (const number of [2, 3]) {
      clock.advance(HOUR);
      const claim = await claimAgain(subject, invite(number));
      assert.deepEqual(claim.mailedBefore, { invitation: 1, at });
      const { mailedBefore } = claim;
      const reason = "mailed before";
      await outbox.settleInvitation(claim, { kind: "skipped", reason, mailedBefore });
      await record(subject, answer(number, { how: "declined" }));
    }
    const [history] = await outbox.histories(BOB, 1);
    assert.deepEqual(history?.timeline.find(({ step }) => step === "skipped")?.data, {
      reason: "mailed before",
      mailedBefore: { invitation: 1, at },
    });
  });

  test("a repeated invitation that is retried by hand is as a first one", async (subject) => {
    const { outbox } = subject;
    await mailAbout(subject, invite(1));
    const claim = await claimAgain(subject, invite(2));
    await outbox.settleInvitation(claim, { kind: "skipped", reason: "mailed before" });
    assert.deepEqual(await outbox.records.retry({ work: "invitations", id: claim.id }), {
      kind: "done",
    });
    assert.equal((await claimInvitation(subject)).mailedBefore, undefined);
  });

  test("an earlier invitation that was deleted is not known any more", async (subject) => {
    const { outbox, clock } = subject;
    await mailAbout(subject, invite(1));
    await record(subject, answer(1, { how: "declined" }));
    clock.advance(HOUR);
    await outbox.pruneFinished(clock.now());
    assert.equal((await claimAgain(subject, invite(2))).mailedBefore, undefined);
  });

  test("joins are expected as long as a mail makes them matter", async (subject) => {
    const { outbox, clock } = subject;
    await mailAbout(subject, invite(1));
    const sent = clock.now();
    assert.equal(await outbox.expectsAnswers(), false);
    assert.equal(await outbox.expectsAnswers(sent), true);
    assert.equal(await outbox.expectsAnswers(sent + 1), false);
  });
}

/** Mails Bob about an invite; returns when. */
async function mailAbout(subject: Subject, change: Change): Promise<number> {
  await queueMails(subject, change);
  await subject.outbox.settleMail(await claimMail(subject), SENT);
  return subject.clock.now();
}

/** Records an invite of Bob and claims it. */
async function claimAgain(subject: Subject, change: Change) {
  await recordInvite(subject, change);
  subject.clock.advance(DELAY);
  const claim = await claimInvitation(subject);
  assert.equal(claim.invitee, BOB);
  assert(change.kind !== "invite" || change.invitation.inviter === ALICE || !claim.own);
  return claim;
}
