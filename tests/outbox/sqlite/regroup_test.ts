import assert from "node:assert/strict";
import type { Gathering } from "../../../src/outbox/gather.ts";
import type { NewMail, Outbox } from "../../../src/outbox/port.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/settings/duration.ts";
import {
  ALICE,
  BOB,
  DELAY,
  invite,
  mailWithFailover,
  SENT,
} from "../../contracts/outbox_samples.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { howMany } from "../../thorough.ts";
import { openFile, temporaryFolder } from "./subject.ts";

const GATHERING: Gathering = { delay: DELAY, window: 10 * MINUTE, longest: HOUR };
const MANY = howMany(250, 600);
const STRANGER = "@eve:remote.example";

/** Restarts of the service, with other settings each time. */
async function afterRestarts(
  gatherings: readonly (Gathering | undefined)[],
  work: (outbox: Outbox, clock: ManualClock, start: number) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  const clock = new ManualClock();
  for (const [start, gathering] of gatherings.entries()) {
    const file = folder.path("outbox.db");
    await using outbox = openFile(file, clock, undefined, undefined, gathering);
    await work(outbox, clock, start);
  }
}

async function queue(
  outbox: Outbox,
  clock: ManualClock,
  inviters: readonly string[],
  mail: () => NewMail = () => mailWithFailover(["bob@example.org", "bob@home.example"]),
): Promise<void> {
  const changes = inviters.map((inviter, number) =>
    invite(number, { room: `!r${number}:example.org`, inviter })
  );
  await outbox.record(changes, { receivedAt: clock.now(), dueAt: clock.now() + DELAY });
  clock.advance(DELAY);
  for (const claim of await outbox.claimInvitations(1000)) {
    await outbox.settleInvitation(claim, { kind: "resolved", mails: [mail()] });
  }
}

Deno.test("what waits one by one is put together at the start, once mails gather", async () => {
  await afterRestarts([undefined, GATHERING], async (outbox, clock, start) => {
    if (start === 0) {
      await queue(outbox, clock, [STRANGER, STRANGER, ALICE]);
      assert.deepEqual((await outbox.counts()).mails, { queued: 3 });
      // Only what a mail server cannot have seen.
      const [first] = await outbox.claimMails({ count: 1, perAddress: null });
      assert(first);
      const outcome = { kind: "deferred", reason: "busy", until: clock.now() + DAY } as const;
      await outbox.settleMail(first, outcome);
      return;
    }
    assert.deepEqual((await outbox.counts()).mails, { queued: 2 });
    clock.advance(GATHERING.window);
    const [mail, ...others] = await outbox.claimMails({ count: 9, perAddress: null });
    assert.deepEqual(others, []);
    assert.equal(mail?.kind, "digest");
    assert.deepEqual(mail.invitations.map(({ id }) => id), [1, 2]);
    await outbox.settleMail(mail, SENT);
    const [latest] = (await outbox.histories(BOB, 9)).filter(({ invitation }) => invitation === 2);
    assert.deepEqual(latest?.timeline.map(({ step }) => step), [
      "seen",
      "resolved",
      "gathered",
      "sent",
    ]);
  });
});

Deno.test("an own inviter's mail is not parked with strangers' when they are put together", async () => {
  const perAddress = { count: 1, per: DAY };
  await afterRestarts([undefined, GATHERING], async (outbox, clock, start) => {
    if (start === 0) {
      const addresses = () => mailWithFailover(["bob@example.org"]);
      await queue(outbox, clock, [STRANGER, STRANGER, STRANGER], addresses);
      const [mail] = await outbox.claimMails({ count: 9, perAddress });
      assert(mail);
      await outbox.settleMail(mail, SENT);
      await queue(outbox, clock, [STRANGER, STRANGER, STRANGER, ALICE], addresses);
      return;
    }
    assert.deepEqual((await outbox.counts()).mails, { sent: 1, queued: 1 });
    const [mail] = await outbox.claimMails({ count: 9, perAddress: null });
    assert.deepEqual(mail?.invitations.map(({ id }) => id), [4, 2, 3]);
  });
});

Deno.test("what gathered is taken apart at the start, once each invitation has a mail", async () => {
  await afterRestarts([GATHERING, undefined], async (outbox, clock, start) => {
    if (start === 0) {
      await queue(outbox, clock, [ALICE, STRANGER, ALICE]);
      assert.deepEqual((await outbox.counts()).mails, { queued: 1 });
      return;
    }
    const mails = await outbox.claimMails({ count: 9, perAddress: null });
    assert.deepEqual(mails.map(({ kind }) => kind), ["invite", "invite", "invite"]);
    assert.deepEqual(
      mails.map(({ invitations }) => invitations.map(({ id }) => id)),
      [[1], [2], [3]],
    );
    assert.equal(new Set(mails.map(({ messageId }) => messageId)).size, 3);
    for (const { messageId } of mails) assert.match(messageId, /^<[\w-]+@example\.org>$/);
    // Each of them has the next address, with a Message-ID of its own.
    for (const mail of mails) {
      await outbox.settleMail(mail, { kind: "rejected", reason: "550 5.1.1 no", replyCode: 550 });
    }
    const next = await outbox.claimMails({ count: 9, perAddress: null });
    assert.deepEqual(next.map(({ address }) => address), Array(3).fill("bob@home.example"));
    clock.advance(SECOND);
  });
});

Deno.test("hundreds that waited before an update do not leave one a window", async () => {
  await afterRestarts([undefined, GATHERING], async (outbox, clock, start) => {
    if (start === 0) return await queue(outbox, clock, Array(MANY).fill(ALICE));
    const sent: number[] = [];
    for (let due; (due = await outbox.nextDue("mails")) !== undefined;) {
      clock.set(Math.max(due, clock.now()));
      for (const mail of await outbox.claimMails({ count: 9, perAddress: null })) {
        await outbox.settleMail(mail, SENT);
        sent.push(mail.invitations.length);
      }
    }
    assert.equal(sent.reduce((sum, size) => sum + size), MANY);
    assert(sent.length <= 2, `${sent}`);
  });
});
