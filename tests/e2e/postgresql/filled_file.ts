/**
 * An SQLite file with rows in every table.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Counts } from "../../../src/outbox/reports.ts";
import { MOVED_TABLES } from "../../../src/outbox/sql/moving/tables.ts";
import { invite, queueMails, record } from "../../contracts/outbox_samples.ts";
import { referenceTo } from "../../contracts/outbox_suppressions.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { openFile } from "../../outbox/sqlite/subject.ts";

/** More than a batch, or as MOVED_ROWS says. The number of the last invitation is one less. */
export const ROWS: number = Number(Deno.env.get("MOVED_ROWS") ?? 700);
const AT_ONCE = 500;
/** A room of which neither database takes the name as it is. */
export const NUL_ROOM = "!nul\0and\uFDD0mark:example.org";

/** Makes the file; returns its counts. */
export async function fill(file: string): Promise<Counts> {
  const clock = new ManualClock();
  await using outbox = openFile(file, clock);
  const subject = { outbox, clock, [Symbol.asyncDispose]: () => Promise.resolve() };
  await queueMails(subject, invite(1));
  await outbox.suppressions.suppress(referenceTo(subject, 1), "room", "page");
  await record(subject, invite(2, { room: NUL_ROOM }));
  const times = { receivedAt: clock.now(), dueAt: clock.now() };
  for (let n = 3; n < ROWS; n += AT_ONCE) {
    const count = Math.min(AT_ONCE, ROWS - n);
    await outbox.record(Array.from({ length: count }, (_, index) => invite(n + index)), times);
  }
  const counts = await outbox.counts();
  await outbox[Symbol.asyncDispose]();
  using database = new DatabaseSync(file);
  database.exec(`
    INSERT INTO wake_ups (parked, key, at) VALUES ('overall', '', 1), ('room', '!a:b', 2);
    INSERT INTO kept_slots (parked, key, at, own, server)
      VALUES ('address', x'00ff10', 5, 1, 'example.org'), ('overall', '', 6, 0, '');
    INSERT INTO bounces (mail, address_hash, at, weight) VALUES (99, x'0102', 7, 2);
    UPDATE sqlite_sequence SET seq = 5000 WHERE name = 'mails';`);
  for (const { name } of MOVED_TABLES) {
    const row = database.prepare(`SELECT count(*) AS n FROM ${name}`).get();
    assert.ok(Number(row?.n) > 0, `${name} is empty`);
  }
  return counts;
}
