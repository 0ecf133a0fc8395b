import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { OutboxError } from "../../../src/outbox/port.ts";
import { invite, record, recordInvite, type Subject } from "../../contracts/outbox_samples.ts";
import { writeEmptyOutbox } from "../../fakes/outbox/empty_outbox.ts";
import { LOSSES } from "./losses.ts";
import { openFile, openSubject } from "./subject.ts";

function shell(command: string, cwd: string): void {
  const { success } = new Deno.Command("sh", { args: ["-c", command], cwd }).outputSync();
  assert(success);
}

const isLost = (error: unknown) => error instanceof OutboxError && error.kind === "lost";

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** An outbox with a few invitations, and a backup of it from before. */
async function withBackup(folder: string): Promise<Subject> {
  const file = `${folder}/outbox.db`;
  writeEmptyOutbox(file);
  {
    await using subject = openSubject(file);
    await recordInvite(subject, invite(1));
  }
  await Deno.copyFile(file, `${folder}/backup.db`);
  {
    await using subject = openSubject(file);
    const rooms = Array.from({ length: 300 }, (_, index) => `!${index}:example.org`);
    await record(subject, ...rooms.map((room) => invite(2, { room })));
  }
  return openSubject(file);
}

for (const [what, command] of Object.entries(LOSSES)) {
  Deno.test(`nothing is recorded any more once ${what}`, async () => {
    const parent = await Deno.makeTempDir();
    const folder = `${parent}/data`;
    await Deno.mkdir(folder);
    {
      await using subject = await withBackup(folder);
      await recordInvite(subject, invite(3));
      await subject.outbox.check();
      shell(command, folder);
      await pause(200);
      await assert.rejects(record(subject, invite(4)), isLost);
      await assert.rejects(subject.outbox.claimInvitations(1), isLost);
      await assert.rejects(subject.outbox.check(), isLost);
    }
    await Deno.remove(parent, { recursive: true });
  });
}

Deno.test("a backup is noticed that is copied over what was just written from the journal", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using subject = openSubject(`${folder}/outbox.db`);
    await recordInvite(subject, invite(1));
    shell("cp outbox.db backup.db", folder);
    await subject.outbox.check();
    {
      using other = new DatabaseSync(`${folder}/outbox.db`);
      other.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
    }
    await recordInvite(subject, invite(2));
    shell("cp backup.db outbox.db", folder);
    await pause(200);
    await assert.rejects(record(subject, invite(3)), isLost);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what others do in the folder, and commands beside the service, are not a loss", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using subject = await withBackup(folder);
    shell("touch a && mv a b && rm b && cat outbox.db > copy && rm copy && mkdir c", folder);
    shell("chmod 0600 outbox.db && touch outbox.db", folder);
    await using command = openFile(`${folder}/outbox.db`, subject.clock, false);
    await command.suppressions.list();
    {
      using other = new DatabaseSync(`${folder}/outbox.db`);
      other.exec("PRAGMA wal_checkpoint(TRUNCATE); UPDATE meta SET key = key; VACUUM");
    }
    await recordInvite(subject, invite(4));
    await pause(200);
    await recordInvite(subject, invite(5));
    await subject.outbox.check();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("after a database was renamed over the open one, the next start finds that database", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/outbox.db`;
  {
    await using subject = await withBackup(folder);
    await recordInvite(subject, invite(3));
    shell("cp backup.db new.db && mv new.db outbox.db", folder);
    await pause(200);
    await assert.rejects(subject.outbox.check(), isLost);
  }
  await using subject = openSubject(file);
  assert.deepEqual((await subject.outbox.counts()).invitations, { pending: 1 });
  using database = new DatabaseSync(file);
  assert.deepEqual({ ...database.prepare("PRAGMA integrity_check").get() }, {
    integrity_check: "ok",
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what was stored before its journal was deleted is found at the next start", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/outbox.db`;
  {
    await using subject = await withBackup(folder);
    await recordInvite(subject, invite(3));
    shell("rm outbox.db-wal", folder);
    await pause(200);
    await assert.rejects(subject.outbox.check(), isLost);
  }
  await using subject = openSubject(file);
  assert.deepEqual(await record(subject, invite(3)), [{ kind: "known" }]);
  await Deno.remove(folder, { recursive: true });
});
