import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { stopHash } from "../../../src/notify/stop_hash.ts";
import { openSqliteOutbox } from "../../../src/outbox/sqlite/outbox.ts";
import type { StopHash } from "../../../src/outbox/suppressions.ts";
import { DAY } from "../../../src/settings/duration.ts";
import {
  BOB,
  CAROL,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailTo,
  queueMails,
  recordInvite,
  SENT,
  type Subject,
} from "../../contracts/outbox_samples.ts";
import { ADDRESS, referenceTo } from "../../contracts/outbox_suppressions.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { thoroughTest } from "../../thorough.ts";
import { openFile, openSubject, temporaryFolder } from "./subject.ts";

const FORGOTTEN = 999_999;
const OTHERS = 3000;
const OTHER_SECRET = "another secret of the administrator";

/** Queues mails to many others, half of them before the address by the alphabet. */
function queueOthers(file: string): void {
  using database = new DatabaseSync(file);
  database.exec(`
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${OTHERS})
    INSERT INTO mails
      (user_id, address, address_key, recipient, kind, message_id, state, queued_at, due_at)
    SELECT '@x:x.org', key, key, '{}', 'invite', key, 'queued', 0, 0
    FROM (SELECT iif(n % 2, 'a', 'z') || n || '@x.org' AS key FROM numbers)`);
}

/** Lets a subject with many others in the queue do its work. */
async function withOthers(work: (subject: Subject) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using subject = openSubject(file);
  queueOthers(file);
  await work(subject);
}

/** Makes the file ask for its hashes again, as after a migration. */
function forgetFingerprint(file: string): void {
  using database = new DatabaseSync(file);
  database.exec("DELETE FROM meta WHERE key = 'address_hash_key'");
}

/** The address keys and hashes of the mails that are open. */
function openHashes(file: string): [key: string, hash: string | undefined][] {
  using database = new DatabaseSync(file);
  return database.prepare(
    "SELECT address_key, address_hash FROM mails WHERE state IN ('queued', 'sending') ORDER BY id",
  ).all().map(({ address_key, address_hash }) => [
    address_key as string,
    (address_hash as Uint8Array | null)?.toHex(),
  ]);
}

/** Opens the file with a hash of the test's. */
function openWith(file: string, hash: StopHash) {
  return openSqliteOutbox({
    file,
    clock: new ManualClock(),
    domain: "example.org",
    maxAge: DAY,
    stopHash: () => hash,
  });
}

Deno.test("a link whose mail is deleted finds its address among thousands", async () => {
  await withOthers(async (subject) => {
    const { outbox: { suppressions, ...outbox } } = subject;
    await queueMails(subject, invite(1));
    assert.equal(await suppressions.suppress(referenceTo(subject, FORGOTTEN), "all", "page"), true);
    assert.deepEqual((await outbox.counts()).mails, { cancelled: 1, queued: OTHERS });
    // What was found is listed, and outlives a change of the secret.
    assert.deepEqual((await suppressions.list()).map(({ addressKey }) => addressKey), [ADDRESS]);
  });
});

for (const first of ["the choice", "the mail"]) {
  Deno.test(`a mail that is queued while its address is stopped is not sent, ${first} first`, async () => {
    await withOthers(async (subject) => {
      const { outbox, clock } = subject;
      const address = "a0@example.org";
      await recordInvite(subject, invite(1));
      clock.advance(DELAY);
      const claim = await claimInvitation(subject);
      const outcome = { kind: "resolved" as const, mails: [mailTo(address)] };
      const stop = () =>
        outbox.suppressions.suppress(referenceTo(subject, FORGOTTEN, { address }), "all", "page");
      const queue = () => outbox.settleInvitation(claim, outcome);
      await Promise.all(first === "the choice" ? [stop(), queue()] : [queue(), stop()]);
      const { mails, invitations } = await outbox.counts();
      assert.deepEqual([mails.queued, mails.sending], [OTHERS, undefined]);
      assert.deepEqual(invitations, { skipped: 1 });
    });
  });
}

Deno.test("two who stop the same at once stop it once", async () => {
  await withOthers(async (subject) => {
    const { suppressions } = subject.outbox;
    const reference = referenceTo(subject, FORGOTTEN);
    const stop = () => suppressions.suppress(reference, "all", "page");
    assert.deepEqual((await Promise.all([stop(), stop(), stop()])).toSorted(), [
      false,
      false,
      true,
    ]);
    assert.equal((await suppressions.list()).length, 1);
  });
});

Deno.test("after a change of the secret, new links stop mails that were queued before", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  {
    await using subject = openSubject(file);
    await queueMails(subject, invite(1));
    await subject.outbox.settleMail(await claimMail(subject), SENT);
    await queueMails(subject, invite(2, { invitee: CAROL }), ["carol@example.org"]);
    await claimMail(subject);
    await queueMails(subject, invite(3, { invitee: BOB }));
  }
  await using outbox = openFile(file, new ManualClock(), true, OTHER_SECRET);
  const hash = stopHash(OTHER_SECRET);
  assert.deepEqual(
    openHashes(file),
    ["carol@example.org", ADDRESS].map((key) => [key, hash("address", key).toHex()]),
  );
  await outbox.suppressions.suppress(referenceTo({ outbox }, FORGOTTEN), "all", "page");
  assert.deepEqual((await outbox.counts()).mails, { sent: 1, queued: 1, cancelled: 1 });
});

thoroughTest("hashing that was interrupted begins again at the next start", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await openSubject(file)[Symbol.asyncDispose]();
  queueOthers(file);
  forgetFingerprint(file);
  const hash = stopHash(OTHER_SECRET);
  let calls = 0;
  const killed: StopHash = (kind, value) => {
    if (++calls > OTHERS / 2) throw new Error("killed");
    return hash(kind, value);
  };
  assert.throws(() => openWith(file, killed), /killed/);
  const half = openHashes(file).filter(([, hash]) => hash !== undefined).length;
  assert(half > 0 && half < OTHERS, `${half} hashes`);
  await openWith(file, hash)[Symbol.asyncDispose]();
  assert(openHashes(file).every(([key, value]) => value === hash("address", key).toHex()));
});

Deno.test("a start with the same secret hashes nothing", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await openFile(file, new ManualClock(), true, OTHER_SECRET)[Symbol.asyncDispose]();
  queueOthers(file);
  const hash = stopHash(OTHER_SECRET);
  const values: string[] = [];
  await openWith(file, (kind, value) => {
    values.push(value);
    return hash(kind, value);
  })[Symbol.asyncDispose]();
  assert.deepEqual(values, [""]);
});

Deno.test("a command with another secret leaves the service's hashes alone", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using subject = openSubject(file);
  await queueMails(subject, invite(1));
  const before = openHashes(file);
  await using _command = openFile(file, new ManualClock(), false, OTHER_SECRET);
  assert.deepEqual(openHashes(file), before);
});
