import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import { hashUserId } from "../../../src/domain/user_id_hash.ts";
import type { Outbox } from "../../../src/outbox/port.ts";
import { AwaitedPeople } from "../../../src/outbox/sql/awaited/people.ts";
import { MINUTE } from "../../../src/settings/duration.ts";
import {
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
  type Subject,
} from "../../contracts/outbox_samples.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { thoroughTest } from "../../thorough.ts";
import { openFile, openSubject, sqliteSubject, temporaryFolder } from "./subject.ts";

async function isAwaited(outbox: Outbox, user: UserId, sentSince?: number): Promise<boolean> {
  const awaited = await outbox.awaited(sentSince);
  assert(awaited, "they are known");
  return awaited.has(hashUserId(user));
}

/** Waits until the people have been read again. */
async function later({ clock }: Pick<Subject, "clock">): Promise<void> {
  await clock.advance(10 * MINUTE);
}

async function skip(subject: Subject): Promise<void> {
  subject.clock.advance(DELAY);
  const claim = await claimInvitation(subject);
  await subject.outbox.settleInvitation(claim, { kind: "skipped", reason: "no address" });
}

Deno.test("the invited are awaited, until their mails have been sent", async () => {
  await using subject = await sqliteSubject();
  const { outbox, clock } = subject;
  assert.equal(await isAwaited(outbox, BOB), false);
  await queueMails(subject, invite(1));
  await later(subject);
  assert.ok(await isAwaited(outbox, BOB), "a mail waits");
  assert.equal(await isAwaited(outbox, CAROL), false);
  await outbox.settleMail(await claimMail(subject), SENT);
  const sent = clock.now();
  await later(subject);
  assert.equal(await isAwaited(outbox, BOB), false);
  assert.ok(await isAwaited(outbox, BOB, sent), "a join is of interest");
  await later(subject);
  assert.equal(await isAwaited(outbox, BOB, sent + 1), false);
});

Deno.test("somebody who answered is not awaited any more once all were read again", async () => {
  await using subject = await sqliteSubject();
  await recordInvite(subject, invite(1));
  await recordInvite(subject, invite(2, { invitee: CAROL }));
  await record(subject, answer(1, { how: "declined" }));
  await later(subject);
  assert.equal(await isAwaited(subject.outbox, BOB), false);
  assert.ok(await isAwaited(subject.outbox, CAROL));
});

Deno.test("who is awaited is known at once after a restart", async () => {
  using folder = temporaryFolder();
  {
    await using subject = openSubject(folder.path("outbox.db"));
    await recordInvite(subject, invite(1));
  }
  await using subject = openSubject(folder.path("outbox.db"));
  assert.ok(await isAwaited(subject.outbox, BOB));
});

Deno.test("somebody is awaited again when a command tries the invitation again", async () => {
  using folder = temporaryFolder();
  await using subject = openSubject(folder.path("outbox.db"));
  const invitation = await recordInvite(subject, invite(1));
  await skip(subject);
  await later(subject);
  assert.equal(await isAwaited(subject.outbox, BOB), false);
  await using beside = openFile(folder.path("outbox.db"), subject.clock, false);
  const retried = await beside.records.retry({ work: "invitations", id: invitation });
  assert.equal(retried.kind, "done");
  assert.ok(await isAwaited(subject.outbox, BOB));
});

Deno.test("the same by the service itself", async () => {
  await using subject = await sqliteSubject();
  const invitation = await recordInvite(subject, invite(1));
  await skip(subject);
  await later(subject);
  assert.equal(await isAwaited(subject.outbox, BOB), false);
  await subject.outbox.records.retry({ work: "invitations", id: invitation });
  assert.ok(await isAwaited(subject.outbox, BOB));
});

thoroughTest(
  "many are read in parts; until then they are not known, and nobody is forgotten",
  async () => {
    using folder = temporaryFolder();
    const users = Array.from({ length: 4500 }, (_, index) => `@u${index}:example.org` as UserId);
    {
      await using subject = openSubject(folder.path("outbox.db"));
      await record(subject, ...users.map((invitee, index) => invite(index, { invitee })));
    }
    await using subject = openSubject(folder.path("outbox.db"));
    const { outbox } = subject;
    assert.equal(await outbox.awaited(), undefined);
    await record(subject, invite(1, { invitee: BOB }));
    let awaited;
    while (!(awaited = await outbox.awaited())) await new Promise((resolve) => setTimeout(resolve));
    for (const user of [...users, BOB]) assert.ok(awaited.has(hashUserId(user)), user);
  },
);

Deno.test("they are read again after a failure, or when something changed meanwhile", async () => {
  const clock = new ManualClock();
  let version = 1;
  let reads = 0;
  let onRead = () => {};
  const people = new AwaitedPeople({
    // deno-lint-ignore require-await
    async read() {
      reads++;
      onRead();
      return { people: [BOB], last: 1 } as never;
    },
    foreignCommits: () => version,
  }, clock);
  onRead = () => {
    throw new Error("unavailable");
  };
  await assert.rejects(people.current(), /unavailable/);
  onRead = () => people.invalidate();
  assert.equal(await people.current(), undefined);
  onRead = () => {};
  assert.deepEqual(await people.current(), new Set([hashUserId(BOB)]));
  const before = reads;
  await people.current();
  assert.equal(reads, before, "no query");
  version++;
  await people.current();
  assert.ok(reads > before);
});

Deno.test("whose invitation is being stored is not forgotten by reading before it is", async () => {
  const read = () => Promise.resolve({ people: [BOB], last: 1 } as never);
  const clock = new ManualClock();
  const people = new AwaitedPeople({ read, foreignCommits: () => 1 }, clock);
  {
    using _recording = people.add([invite(1, { invitee: CAROL })]);
    assert.ok((await people.current())?.has(hashUserId(CAROL)));
    people.invalidate();
    assert.ok((await people.current())?.has(hashUserId(CAROL)));
  }
  people.invalidate();
  assert.deepEqual(await people.current(), new Set([hashUserId(BOB)]));
});

Deno.test("where commits of others are not seen at once, nobody knows who is awaited", async () => {
  const read = () => Promise.reject(new Error("read"));
  assert.equal(
    await new AwaitedPeople({ read, foreignCommits: () => undefined }, new ManualClock()).current(),
    undefined,
  );
});
