import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { invite, queueMails, type Subject } from "../../contracts/outbox_samples.ts";
import { ADDRESS, referenceTo } from "../../contracts/outbox_suppressions.ts";
import { openSubject, temporaryFolder } from "./subject.ts";

const FORGOTTEN = 999_999;
const OTHERS = 3000;

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

Deno.test("a link whose mail is forgotten finds its address among thousands, and holds up nobody", async () => {
  await withOthers(async (subject) => {
    const { outbox: { suppressions, ...outbox } } = subject;
    await queueMails(subject, invite(1));
    let turns = 0;
    const other = setInterval(() => turns++);
    assert.equal(await suppressions.suppress(referenceTo(subject, FORGOTTEN), "all", "page"), true);
    clearInterval(other);
    assert.ok(turns > 2, `others had ${turns} turns`);
    assert.deepEqual((await outbox.counts()).mails, { cancelled: 1, queued: OTHERS });
    // What was found is told, and outlives a change of the secret.
    assert.deepEqual((await suppressions.list()).map(({ addressKey }) => addressKey), [ADDRESS]);
  });
});

Deno.test("a mail that is queued while an address is looked for is cancelled as well", async () => {
  await withOthers(async (subject) => {
    const { outbox: { suppressions, ...outbox } } = subject;
    const address = "a0@example.org";
    const reference = referenceTo(subject, FORGOTTEN, { address });
    const stopping = suppressions.suppress(reference, "all", "page");
    // The search is past it then.
    await new Promise((resolve) => setTimeout(resolve));
    await queueMails(subject, invite(1), [address]);
    assert.equal(await stopping, true);
    assert.deepEqual((await outbox.counts()).mails, { cancelled: 1, queued: OTHERS });
  });
});

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
