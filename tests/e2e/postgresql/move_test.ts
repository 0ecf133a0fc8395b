import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { OutboxError } from "../../../src/outbox/port.ts";
import { openPostgresAccess } from "../../../src/outbox/postgresql/outbox.ts";
import { openPostgresSide } from "../../../src/outbox/postgresql/side.ts";
import { checkTables } from "../../../src/outbox/sql/checking/check.ts";
import { moveOutbox } from "../../../src/outbox/sql/moving/move.ts";
import type { Side } from "../../../src/outbox/sql/moving/side.ts";
import { MOVED_TABLES } from "../../../src/outbox/sql/moving/tables.ts";
import { openSqliteSide } from "../../../src/outbox/sqlite/side.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { invite } from "../../contracts/outbox_samples.ts";
import { openFile, temporaryFolder } from "../../outbox/sqlite/subject.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { fill, NUL_ROOM, ROWS } from "./filled_file.ts";
import { addressOf, newSchema, openIn } from "./subject.ts";

let server: Postgresql;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true });
});
Deno.test.afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** A side whose process is killed before its nth transaction. */
function dying(side: Side, transactions: number): Side {
  let left = transactions;
  return {
    ...side,
    access: {
      read: (work) => side.access.read(work),
      async commit(work) {
        if (left-- === 0) throw new Error("killed");
        return await side.access.commit(work);
      },
    },
  };
}

function places() {
  const folder = temporaryFolder();
  const schema = newSchema();
  const address = addressOf(server, server.port);
  const clock = systemClock;
  return {
    ...{ address, schema },
    file: folder.path("outbox.db"),
    back: folder.path("back.db"),
    sqlite: (file: string, isTarget = false) => openSqliteSide(file, clock, isTarget),
    postgresql: () => openPostgresSide({ address, authorities: [], schema, clock }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

async function refused(work: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof OutboxError && error.kind === "refused", String(error));
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("an outbox is moved to PostgreSQL and back, interrupted three times each way", async () => {
  using at = places();
  const counts = await fill(at.file);
  const sums = [];
  const ways = [
    [() => at.sqlite(at.file), () => at.postgresql()],
    [() => at.postgresql(), () => at.sqlite(at.back, true)],
  ] as const;
  for (const [openSource, openTarget] of ways) {
    for (const transactions of [2, 4, 9]) {
      await using source = await openSource();
      await using target = await openTarget();
      await assert.rejects(moveOutbox(source, dying(target, transactions)), /killed/);
    }
    await using source = await openSource();
    await using target = await openTarget();
    const moved = await moveOutbox(source, target);
    assert.ok(moved.agrees);
    assert.deepEqual(moved.source, moved.target);
    assert.deepEqual((await moveOutbox(source, target)).agrees, true, "it can be repeated");
    sums.push(moved.source);
  }
  assert.deepEqual(sums[0], sums[1]);
  assert.equal(sums[0]?.find(({ table }) => table === "invitations")?.rows, ROWS - 1);
  await using outbox = openFile(at.back);
  assert.deepEqual(await outbox.counts(), counts);
  {
    await using access = await openPostgresAccess(
      { ...at, authorities: [], clock: systemClock },
      false,
    );
    const { tables, problems } = await checkTables(access);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      tables.map(({ table, rows }) => [table, rows]),
      sums[0]?.map(({ table, rows }) => [table, rows]),
    );
    const damage = `UPDATE ${at.schema}.mails SET recipient = '{' WHERE id = 1`;
    const mend = `UPDATE ${at.schema}.mails SET recipient = '{"name":"Bob"}' WHERE id = 1`;
    await server.run("postgres", damage);
    const damaged = await checkTables(access);
    assert.deepEqual(damaged.problems, ["row 1 of mails: recipient is not a recipient"]);
    await server.run("postgres", mend);
  }
  await using moved = await openIn({ ...at, clock: systemClock });
  assert.deepEqual(await moved.counts(), counts);
  assert.deepEqual(moved.secret, outbox.secret);
  const rooms = (await moved.openInvitations(0, 10)).map(({ roomId }) => roomId);
  assert.ok(rooms.includes(NUL_ROOM));
  using file = new DatabaseSync(at.back);
  const kept = file.prepare("SELECT hex(key) AS key FROM kept_slots WHERE parked = 'address'")
    .get();
  assert.equal(kept?.key, "00FF10");
});

Deno.test("rows that are new after a move have numbers that none had before", async () => {
  using at = places();
  await fill(at.file);
  {
    await using source = at.sqlite(at.file);
    await using target = await at.postgresql();
    await moveOutbox(source, target);
  }
  const { schema } = at;
  await server.run(
    "postgres",
    `DO $$ BEGIN
       ASSERT nextval('${schema}.mails_id_seq') = 5001;
       ASSERT nextval('${schema}.invitations_id_seq') = ${ROWS};
       ASSERT nextval('${schema}.timeline_id_seq') > (SELECT max(id) FROM ${schema}.timeline);
       ASSERT nextval('${schema}.kept_slots_id_seq') = 3;
     END $$`,
  );
  await using source = await at.postgresql();
  await using target = at.sqlite(at.back, true);
  assert.ok((await moveOutbox(source, target)).agrees);
  using file = new DatabaseSync(at.back);
  const last = file.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'mails'").get();
  assert.equal(last?.seq, 5001);
});

Deno.test("no service works with what was moved in part", async () => {
  using at = places();
  await fill(at.file);
  {
    await using source = at.sqlite(at.file);
    await using target = await at.postgresql();
    await assert.rejects(moveOutbox(source, dying(target, 4)), /killed/);
  }
  const unfinished = /not moved here from sqlite to the end/;
  await refused(openIn({ ...at, clock: systemClock }), unfinished);
  await using source = await at.postgresql();
  await using target = at.sqlite(at.back, true);
  await refused(moveOutbox(source, target), unfinished);
});

Deno.test("a target that has anything else is refused, and stays as it is", async () => {
  using at = places();
  await fill(at.file);
  {
    await using outbox = await openIn({ ...at, clock: systemClock });
    await outbox.record([invite(1)], { receivedAt: 0, dueAt: 0 });
  }
  {
    await using source = at.sqlite(at.file);
    await using target = await at.postgresql();
    const moved = await moveOutbox(source, target);
    assert.ok(!moved.agrees);
    assert.equal(moved.target.find(({ table }) => table === "invitations")?.rows, 1);
  }
  await using outbox = await openIn({ ...at, clock: systemClock });
  assert.equal((await outbox.counts()).invitations.pending, 1);
});

Deno.test("a source that changed after an interruption is not mixed with what was copied", async () => {
  using at = places();
  await fill(at.file);
  {
    await using source = at.sqlite(at.file);
    await using target = await at.postgresql();
    await assert.rejects(moveOutbox(source, dying(target, 9)), /killed/);
  }
  using database = new DatabaseSync(at.file);
  database.exec("UPDATE invitations SET attempts = attempts + 1 WHERE id = 1");
  await using source = at.sqlite(at.file);
  await using target = await at.postgresql();
  await refused(moveOutbox(source, target), /other contents than the source \(invitations, id 1\)/);
});

Deno.test("nothing is moved while a service works with one of the databases", async () => {
  using at = places();
  await fill(at.file);
  {
    await using _service = openFile(at.file);
    assert.throws(() => at.sqlite(at.file), /in use by another running service/);
  }
  await using source = at.sqlite(at.file);
  {
    await using service = await openIn({ ...at, clock: systemClock });
    service.onWork(() => {});
    await using target = await at.postgresql();
    const listens = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%${at.schema}"'`;
    await server.run(
      "postgres",
      `DO $$ BEGIN WHILE NOT EXISTS (${listens}) LOOP
         PERFORM pg_sleep(0.02), pg_stat_clear_snapshot(); END LOOP; END $$`,
    );
    await refused(moveOutbox(source, target), /in use by a running service/);
    await service.record([invite(1)], { receivedAt: 0, dueAt: 0 });
    assert.equal((await service.claimInvitations(1)).length, 1);
  }
  await using target = await at.postgresql();
  await refused(moveOutbox(source, target), /was killed less than two minutes ago/);
});

Deno.test("halves of surrogate pairs are moved to SQLite as SQLite has them", async () => {
  using at = places();
  {
    await using outbox = await openIn({ ...at, clock: systemClock });
    const room = "!half\ud800:example.org";
    await outbox.record([invite(1, { room })], { receivedAt: 0, dueAt: 0 });
  }
  await using source = await at.postgresql();
  {
    await using target = at.sqlite(at.back, true);
    assert.ok((await moveOutbox(source, target)).agrees);
  }
  await using outbox = openFile(at.back);
  assert.equal((await outbox.openInvitations(0, 10))[0]?.roomId, "!half\ufffd:example.org");
});

Deno.test("every table of both databases is moved, and all of its columns", async () => {
  using at = places();
  await using file = at.sqlite(at.file, true);
  using database = new DatabaseSync(at.file);
  const tables = database.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  ).all().map(({ name }) => name);
  assert.deepEqual(MOVED_TABLES.map(({ name }) => name).sort(), tables);
  await using schema = await at.postgresql();
  assert.ok((await moveOutbox(file, schema)).agrees);
});
