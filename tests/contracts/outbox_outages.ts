/**
 * What every outbox does with what was deferred in an outage.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import type { Work } from "../../src/outbox/port.ts";
import type { Contract } from "./outbox.ts";
import {
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailTo,
  queueMails,
  record,
  SENT,
  steps,
  type Subject,
} from "./outbox_samples.ts";

// More than one slice of any outbox.
const MANY = 450;

/** Registers the tests of outages. */
export function outagesContract(test: Contract): void {
  test("what everything waits for is known beside the service, until it is over", async (subject) => {
    const { outbox, clock } = subject;
    const none = { catchingUp: undefined, outages: { invitations: undefined, mails: undefined } };
    assert.deepEqual(await outbox.records.holds(), none);
    const since = clock.now();
    const first = { since, probeAt: since + 10_000, reason: "connection refused" };
    await outbox.setOutage("mails", first);
    const mails = { since, probeAt: since + 30_000, reason: `454 "4.7.0" ümlaut` };
    await outbox.setOutage("mails", mails);
    await outbox.setOutage("invitations", first);
    await outbox.setCatchingUp(since);
    const outages = { invitations: first, mails };
    assert.deepEqual(await outbox.records.holds(), { catchingUp: since, outages });
    await outbox.setOutage("invitations", undefined);
    await outbox.setOutage("invitations", undefined);
    await outbox.setCatchingUp(undefined);
    assert.deepEqual(await outbox.records.holds(), {
      ...none,
      outages: { ...none.outages, mails },
    });
    await outbox.setOutage("mails", undefined);
    assert.deepEqual(await outbox.records.holds(), none);
  });

  for (const work of ["invitations", "mails"] as const) {
    test(`${work} that were deferred in an outage are due at once when it is over`, async (subject) => {
      const { outbox, clock } = subject;
      const first = await begin(subject, work);
      await defer(subject, work, first, true);
      const since = clock.now();
      clock.advance(1000);
      assert.equal(await outbox.resume(work, clock.now()), 1);
      assert.equal(await outbox.nextDue(work), clock.now());
      const again = await claim(subject, work);
      assert.deepEqual([again.attempts, again.deferredSince], [1, since]);
      await defer(subject, work, again, true);
      assert.equal(await outbox.nextDue(work), clock.now() + 60_000);
      clock.advance(1000);
      await outbox.resume(work, clock.now());
      assert.equal((await claim(subject, work)).attempts, 2, "failures go on being counted");
    });

    test(`${work} that were deferred for a reason of their own keep their time`, async (subject) => {
      const { outbox, clock } = subject;
      await defer(subject, work, await begin(subject, work), true);
      clock.advance(60_000);
      await defer(subject, work, await claim(subject, work), false);
      assert.equal(await outbox.resume(work, clock.now()), 0);
      assert.equal(await outbox.nextDue(work), clock.now() + 60_000);
    });

    test(`${work} that were deferred after the end of an outage are not resumed`, async (subject) => {
      const { outbox, clock } = subject;
      const over = clock.now();
      clock.advance(1);
      await defer(subject, work, await begin(subject, work), true);
      assert.equal(await outbox.resume(work, over), 0);
      assert.equal(await outbox.resume(work, clock.now()), 1);
      assert.equal(await outbox.resume(work, clock.now()), 0, "once");
    });

    test(`${work} that are being worked on again are not resumed`, async (subject) => {
      const { outbox, clock } = subject;
      await defer(subject, work, await begin(subject, work), true);
      clock.advance(60_000);
      const claimed = await claim(subject, work);
      assert.equal(await outbox.resume(work, clock.now()), 0);
      await defer(subject, work, claimed, false);
      assert.equal(await outbox.nextDue(work), clock.now() + 60_000, "the claim has held");
    });
  }

  test("resuming announces work, if there is any", async (subject) => {
    const { outbox, clock } = subject;
    await defer(subject, "mails", await begin(subject, "mails"), true);
    let calls = 0;
    outbox.onWork(() => calls++);
    await outbox.resume("invitations", clock.now());
    assert.equal(calls, 0);
    await outbox.resume("mails", clock.now());
    assert.equal(calls, 1);
  });

  test("mails that were postponed meanwhile keep their time", async (subject) => {
    const { outbox, clock } = subject;
    await defer(subject, "mails", await begin(subject, "mails"), true);
    clock.advance(60_000);
    const until = clock.now() + 30_000;
    await outbox.settleMail(await claimMail(subject), { kind: "postponed", reason: "x", until });
    assert.equal(await outbox.resume("mails", clock.now()), 0);
    assert.equal(await outbox.nextDue("mails"), until);
  });

  test("hundreds are resumed, and others are served meanwhile", async (subject) => {
    const { outbox, clock } = subject;
    const people = Array.from({ length: MANY }, (_, n) => `@p${n}:example.org` as UserId);
    await record(subject, ...people.map((invitee) => invite(1, { invitee })));
    clock.advance(DELAY);
    const until = clock.now() + 60_000;
    for (const claim of await outbox.claimInvitations(MANY)) {
      await outbox.settleInvitation(claim, { kind: "deferred", reason: "x", until, outage: true });
    }
    const resumed = outbox.resume("invitations", clock.now());
    let isOver = false;
    void resumed.then(() => isOver = true);
    await new Promise((resolve) => setTimeout(resolve));
    const early = await outbox.claimInvitations(10);
    assert.deepEqual([isOver, early.length], [false, 10]);
    assert.equal(await resumed, MANY);
    assert.equal((await outbox.claimInvitations(MANY)).length, MANY - 10);
  });

  test("resuming leaves no line in a history", async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    await defer(subject, "mails", await claimMail(subject), true);
    await outbox.resume("mails", clock.now());
    await outbox.settleMail(await claimMail(subject), SENT);
    assert.deepEqual(await steps(subject), [["seen", "resolved", "deferred", "sent"]]);
  });
}

type Claimed = Awaited<ReturnType<typeof claim>>;

/** Records an invite, and claims it or its mail. */
async function begin(subject: Subject, work: Work): Promise<Claimed> {
  await record(subject, invite(1));
  subject.clock.advance(DELAY);
  if (work === "invitations") return await claimInvitation(subject);
  const invitation = await claimInvitation(subject);
  const resolved = { kind: "resolved", mails: [mailTo("bob@example.org")] } as const;
  await subject.outbox.settleInvitation(invitation, resolved);
  return await claimMail(subject);
}

async function claim(subject: Subject, work: Work) {
  return work === "mails" ? await claimMail(subject) : await claimInvitation(subject);
}

/** Defers it for a minute. */
async function defer(
  { outbox, clock }: Subject,
  work: Work,
  claimed: Claimed,
  outage: boolean,
): Promise<void> {
  const until = clock.now() + 60_000;
  const outcome = { kind: "deferred", reason: "down", until, outage } as const;
  if (work === "mails") await outbox.settleMail(claimed, outcome);
  else await outbox.settleInvitation(claimed, outcome);
}
