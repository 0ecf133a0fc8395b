/**
 * What every outbox does not mail, and what it cancels, when a recipient stopped it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { StopScope } from "../../src/outbox/suppressions.ts";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  claimMail,
  invite,
  queueMails,
  record,
  ROOM,
  SENT,
  states,
  steps,
} from "./outbox_samples.ts";
import { ADDRESS, mailed, referenceTo, settle } from "./outbox_suppressions.ts";

const OTHER_ROOM = "!other:example.org";
const ERIN = "@erin:example.org";

/** Registers the tests of what is stopped. */
export function stoppedContract(test: Contract): void {
  const acts: readonly (readonly [StopScope, Parameters<typeof invite>[1], boolean])[] = [
    ["all", { room: OTHER_ROOM, inviter: ERIN }, true],
    ["room", { inviter: ERIN }, true],
    ["room", { room: OTHER_ROOM }, false],
    ["inviter", { room: OTHER_ROOM }, true],
    ["inviter", { inviter: ERIN }, false],
  ];
  for (const [scope, what, stopped] of acts) {
    const which = scope === "all" ? "any" : what?.room ? "another room's" : "another inviter's";
    test(`"${scope}" ${stopped ? "stops" : "lets pass"} ${which} invite`, async (subject) => {
      const mail = await mailed(subject);
      assert.equal(await subject.outbox.suppressions.suppress(mail, scope, "page"), true);
      const settled = await settle(subject, invite(2, what));
      assert.deepEqual(settled, stopped ? { kind: "suppressed", scopes: [scope] } : 1);
      if (!stopped) return;
      assert.equal((await states(subject))[0], "skipped: suppressed");
      assert.deepEqual((await subject.outbox.histories(BOB, 1))[0]?.timeline.at(-1)?.data, {
        reason: "suppressed",
        scopes: [scope],
      });
      assert.equal(await subject.outbox.nextDue("mails"), undefined);
      assert.equal(await subject.outbox.expectsAnswers(), false);
    });
  }

  test("a choice is one address's alone, in all its spellings", async (subject) => {
    const mail = await mailed(subject);
    await subject.outbox.suppressions.suppress(mail, "all", "page");
    const settled = await settle(subject, invite(2), ["BOB+tag@example.org", "bob@home.example"]);
    assert.equal(settled, 1);
    assert.equal((await claimMail(subject)).address, "bob@home.example");
    assert.deepEqual((await steps(subject))[0], ["seen", "suppressed", "resolved"]);
    assert.deepEqual((await subject.outbox.histories(BOB, 1))[0]?.timeline[1]?.data, {
      scopes: ["all"],
    });
  });

  for (const scope of ["all", "room", "inviter"] as const) {
    test(`"${scope}" cancels what is queued for it, and nothing else`, async (subject) => {
      const mail = await mailed(subject);
      const { outbox, clock } = subject;
      await queueMails(subject, invite(2), [ADDRESS, "bob@home.example"]);
      await queueMails(subject, invite(3, { room: OTHER_ROOM, inviter: ERIN }));
      await outbox.suppressions.suppress(mail, scope, "page");
      const left = await outbox.claimMails({ count: 10, perAddress: null });
      const other = [ADDRESS, OTHER_ROOM];
      assert.deepEqual(
        left.map(({ address, invitations }) => [address, invitations[0]?.roomId]),
        [["bob@home.example", ROOM], ...scope === "all" ? [] : [other]],
      );
      clock.advance(1);
      // The other address still has its mail.
      assert.equal((await states(subject))[1], "resolved");
      assert.deepEqual((await steps(subject))[1], ["seen", "resolved", "suppressed", "cancelled"]);
    });
  }

  test("an invite all of whose mails are cancelled by choice ends as skipped", async (subject) => {
    const [id = 0] = await queueMails(subject, invite(1));
    await subject.outbox.suppressions.suppress(referenceTo(subject, id), "inviter", "page");
    assert.deepEqual(await subject.outbox.counts(), {
      invitations: { skipped: 1 },
      mails: { cancelled: 1 },
    });
    assert.deepEqual(await states(subject), ["skipped: suppressed"]);
    assert.deepEqual(await record(subject, answer(2)), [{ kind: "known" }]);
  });

  test("a mail that is being sent when it is stopped is not sent again", async (subject) => {
    const { outbox, clock } = subject;
    const [id = 0] = await queueMails(subject, invite(1));
    const claim = await claimMail(subject);
    await outbox.suppressions.suppress(referenceTo(subject, id), "all", "page");
    assert.deepEqual((await outbox.counts()).mails, { sending: 1 });
    await outbox.settleMail(claim, { kind: "deferred", reason: "busy", until: clock.now() });
    assert.deepEqual(await outbox.counts(), {
      invitations: { skipped: 1 },
      mails: { cancelled: 1 },
    });
    const last = (await outbox.histories(BOB, 1))[0]?.timeline.at(-1);
    assert.deepEqual([last?.step, last?.data.reason], ["cancelled", "suppressed"]);
  });

  test("a mail that arrives although it was stopped meanwhile is a sent one", async (subject) => {
    const { outbox } = subject;
    const [id = 0] = await queueMails(subject, invite(1));
    const claim = await claimMail(subject);
    await outbox.suppressions.suppress(referenceTo(subject, id), "all", "page");
    await outbox.settleMail(claim, SENT);
    assert.deepEqual(await outbox.counts(), { invitations: { resolved: 1 }, mails: { sent: 1 } });
  });
}
