import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { OutboxError } from "../../../src/outbox/port.ts";
import { SCHEMA_VERSION } from "../../../src/outbox/sqlite/migrations.ts";
import {
  answer,
  BOB,
  DELAY,
  drain,
  invite,
  record,
  recordInvite,
} from "../../contracts/outbox_samples.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { runToEnd } from "../../process/run_to_end.ts";
import { spyOnSqlite } from "./spy.ts";
import { openFile, openSubject, sqliteSubject, temporaryFolder } from "./subject.ts";

function failure(kind: "refused" | "unavailable", message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof OutboxError && error.kind === kind && message.test(error.message);
}

/** Makes another program's database. */
function makeDatabase(file: string, sql: string): void {
  using database = new DatabaseSync(file);
  database.exec(sql);
}

Deno.test("all files of the outbox are their owner's alone", async () => {
  using folder = temporaryFolder();
  await using outbox = openFile(folder.path("outbox.db"));
  await outbox.record([invite(1)], { receivedAt: 0, dueAt: 0 });
  const modes = ["", "-wal", "-shm", "-owner"].map((suffix) =>
    Deno.statSync(folder.path(`outbox.db${suffix}`)).mode
  );
  assert.deepEqual(modes.map((mode) => (mode ?? 0) & 0o777), [0o600, 0o600, 0o600, 0o600]);
});

Deno.test("a secret lasts, and is not another file's", async () => {
  using folder = temporaryFolder();
  const secrets = new Set<string>();
  for (const name of ["a.db", "a.db", "b.db"]) {
    await using outbox = openFile(folder.path(name));
    assert.equal(outbox.secret.length, 32);
    secrets.add(outbox.secret.toHex());
  }
  assert.equal(secrets.size, 2);
});

Deno.test("migrations run once, and a second start finds everything", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  for (const expected of ["seen", "known", "known"]) {
    await using outbox = openFile(file);
    const [recorded] = await outbox.record([invite(1)], { receivedAt: 0, dueAt: 0 });
    assert.equal(recorded?.kind, expected);
  }
  using database = new DatabaseSync(file);
  assert.deepEqual({ ...database.prepare("PRAGMA user_version").get() }, {
    user_version: SCHEMA_VERSION,
  });
  assert.deepEqual({ ...database.prepare("PRAGMA journal_mode").get() }, { journal_mode: "wal" });
});

Deno.test("a newer schema is refused with both versions, and left as it is", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await openFile(file)[Symbol.asyncDispose]();
  makeDatabase(file, "PRAGMA user_version = 4711");
  const both = failure("refused", new RegExp(`version 4711.* up to ${SCHEMA_VERSION}:`));
  assert.throws(() => openFile(file), both);
  assert.throws(() => openFile(file, new ManualClock(), false), both);
});

const FOREIGN = {
  "Synapse's": "CREATE TABLE events (stream_ordering INTEGER); CREATE TABLE user_threepids (a)",
  "mxisd's": "CREATE TABLE invite_3pid (id VARCHAR); CREATE TABLE as_txn (localpart VARCHAR)",
  "a marked empty one": "PRAGMA application_id = 1234; CREATE TABLE t (a); DROP TABLE t",
};
for (const [whose, sql] of Object.entries(FOREIGN)) {
  Deno.test(`${whose} database is refused, and not touched`, () => {
    using folder = temporaryFolder();
    const file = folder.path("homeserver.db");
    makeDatabase(file, sql);
    const before = Deno.readFileSync(file);
    for (const owner of [true, false]) {
      assert.throws(
        () => openFile(file, new ManualClock(), owner),
        failure("refused", /holds the tables of another program/),
      );
    }
    assert.deepEqual(Deno.readFileSync(file), before);
    assert.throws(() => Deno.statSync(`${file}-owner`), Deno.errors.NotFound);
  });
}

Deno.test("a file that is not a database is refused", () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  Deno.writeTextFileSync(file, "matrix:\n  domain: example.org\n".repeat(100));
  assert.throws(() => openFile(file), failure("refused", /outbox\.db is not a database/));
});

Deno.test("a damaged database is refused", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await openFile(file)[Symbol.asyncDispose]();
  const bytes = await Deno.readFile(file);
  bytes.fill(0xff, 100);
  await Deno.writeFile(file, bytes);
  assert.throws(() => openFile(file), failure("refused", /is damaged/));
});

Deno.test("a lost secret is refused, and the file is free again", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await openFile(file)[Symbol.asyncDispose]();
  makeDatabase(file, "DELETE FROM meta");
  for (let round = 0; round < 2; round++) {
    assert.throws(() => openFile(file), failure("refused", /lost its secret/));
  }
});

Deno.test("a folder, and a folder that is missing, are refused by name", () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(folder.path("inner"));
  assert.throws(() => openFile(folder.path("inner")), failure("refused", /inner cannot be opened/));
  assert.throws(() => openFile(folder.path("none/outbox.db")), failure("refused", /none/));
});

Deno.test("a full disk is unavailable, nothing is half-written, and later all is well", async () => {
  using spy = spyOnSqlite();
  await using subject = await sqliteSubject();
  const [connection] = spy.connections;
  assert(connection);
  const pages = connection.prepare("PRAGMA page_count").get()?.page_count;
  connection.prepare(`PRAGMA max_page_count = ${pages}`).get();
  const body = Array.from(
    { length: 200 },
    (_, place) => invite(place, { room: `!${place}:x.org` }),
  );
  await assert.rejects(
    record(subject, ...body),
    failure("unavailable", /no space is left on its file system: see df/),
  );
  assert.deepEqual(await subject.outbox.counts(), { invitations: {}, mails: {} });
  assert.deepEqual(await subject.outbox.histories(BOB, 10), []);
  connection.prepare("PRAGMA max_page_count = 100000").get();
  const recorded = await record(subject, ...body);
  assert(recorded.every(({ kind }) => kind === "seen"));
});

Deno.test("a disk that is full at the first start leaves nothing that hinders the next", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    this.prepare("PRAGMA max_page_count = 3").get();
    exec.call(this, sql);
  };
  try {
    assert.throws(
      () => openFile(file),
      failure("unavailable", /full/),
    );
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
  await using outbox = openFile(file);
  assert.equal(outbox.secret.length, 32);
});

Deno.test("another writer makes it unavailable for as long as it writes", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using subject = openSubject(file);
  const { outbox, clock } = subject;
  using writer = new DatabaseSync(file);
  writer.exec("BEGIN IMMEDIATE");
  await assert.rejects(recordInvite(subject, invite(1)), failure("unavailable", /locked/));
  assert.equal(await outbox.expectsAnswers(), false, "reading goes on");
  writer.exec("ROLLBACK");
  await recordInvite(subject, invite(1));
  clock.advance(DELAY);
  assert.equal((await drain(subject)).length, 1);
});

Deno.test("a change that fails takes back the whole body", async () => {
  await using subject = await sqliteSubject();
  const broken = invite(2, { room: "!b:x.org" });
  const body = [invite(1), { ...broken, invitation: { ...broken.invitation, originTs: 0.5 } }];
  await assert.rejects(record(subject, ...body), OutboxError);
  assert.deepEqual(await subject.outbox.counts(), { invitations: {}, mails: {} });
  assert.deepEqual(await record(subject, answer(3)), [{ kind: "known" }]);
});

Deno.test("a closed outbox says so", async () => {
  await using subject = await sqliteSubject();
  const { outbox } = subject;
  await outbox[Symbol.asyncDispose]();
  const closed = failure("unavailable", /outbox\.db is closed/);
  await assert.rejects(record(subject, invite(1)), closed);
  await assert.rejects(outbox.expectsAnswers(), closed);
  await assert.rejects(outbox.claimInvitations(1), closed);
});

Deno.test("a folder that cannot be written to is refused", () => {
  using folder = temporaryFolder();
  const inner = folder.path("inner");
  Deno.mkdirSync(inner, { mode: 0o500 });
  // Root may write everywhere except where the kernel creates the files.
  const closed = Deno.uid() === 0 ? "/sys" : inner;
  assert.throws(() => openFile(`${closed}/outbox.db`), failure("refused", /outbox\.db/));
});

Deno.test("what is pending is worked on while no file can be opened, however much it is", async () => {
  using folder = temporaryFolder();
  const script = new URL("without_descriptors.ts", import.meta.url).pathname;
  const { output, errors } = await runToEnd([
    Deno.execPath(),
    ...["run", "-A", "--quiet", "--no-check", script, folder.path("outbox.db"), "1000"],
  ], { env: Deno.env.toObject() });
  assert.equal(output, "1000", errors);
});
