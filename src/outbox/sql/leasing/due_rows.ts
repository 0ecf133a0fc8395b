/**
 * Selects the rows that a claim works on: what others are working on is passed over.
 *
 * @module
 */

import type { Work } from "../../port.ts";
import type { LimitName } from "../../work.ts";
import type { Engine } from "../engine.ts";
import { personOf, unlessSkipped, waitingRows } from "../leases.ts";
import { GATES, isLimited } from "../limits.ts";
import { limitLock, type Lock, personLock } from "../locks.ts";
import type { Steps, Value } from "../steps.ts";

// How many rows that others are working on one claim passes over.
const MAX_BUSY = 200;

/** A row, and the locks that it is written with. */
export interface LockedRow {
  readonly id: number;
  readonly locks: readonly Lock[];
}

/** A row that is due. */
export interface DueRow extends LockedRow {
  readonly own: boolean;
  readonly reason: string | null;
}

/**
 * The rows that wait and are due, those of own inviters first, then the longest due. The transaction may
 * write them.
 *
 * @param strangers The maximum number of rows of other inviters.
 * @param limits The limits that they need a slot of.
 * @param busy The rows that others are working on, which are passed over; more may be added.
 */
export function* dueRows(
  database: Engine,
  work: Work,
  now: number,
  count: number,
  strangers: number,
  limits: readonly LimitName[],
  busy: Set<number>,
): Steps<readonly DueRow[]> {
  const waiting = waitingRows(work);
  const keys = limits.map((name) => `, ${GATES[name].key} AS "${name}"`).join("");
  function* rowsOf(own: boolean, most: number): Steps<readonly DueRow[]> {
    const needed = limits.filter((name) => isLimited(name, own));
    while (most > 0 && busy.size < MAX_BUSY) {
      const rows = (yield* database.all(
        `SELECT id, reason, ${personOf(work)} AS person${keys} FROM ${work}
         WHERE ${waiting} AND own = ? AND due_at <= ?
           ${unlessSkipped(database, work)} ${unless(database, busy)} ORDER BY due_at, id LIMIT ?`,
        own ? 1 : 0,
        now,
        ...among(busy),
        most,
      )).map((row): DueRow => ({
        id: row.id as number,
        own,
        reason: row.reason as string | null,
        locks: [
          personLock(String(row.person)),
          ...needed.map((name) => limitLock(name, String(row[name]))),
        ],
      }));
      const taken = yield* takeRows(database, work, rows, waiting);
      const ids = new Set(taken.map(({ id }) => id));
      for (const { id } of rows) if (!ids.has(id)) busy.add(id);
      if (taken.length > 0 || rows.length === 0) return taken;
    }
    return [];
  }
  const own = yield* rowsOf(true, count);
  return [...own, ...yield* rowsOf(false, Math.min(count - own.length, strangers))];
}

/** Those of these rows that others are not working on, and that still fulfil the condition. */
export function* takeRows<Item extends LockedRow>(
  database: Engine,
  work: Work,
  rows: readonly Item[],
  condition: string,
  ...values: Value[]
): Steps<readonly Item[]> {
  const { claiming } = database.dialect;
  if (claiming === "" || rows.length === 0) return rows;
  const held = yield* database.tryLocks(rows.flatMap(({ locks }) => locks));
  const ids = rows.filter(({ locks }) => locks.every((lock) => held.has(lock))).map(({ id }) => id);
  if (ids.length === 0) return [];
  // Whoever had a lock before may have changed them since they were selected.
  const still = yield* database.all(
    `SELECT id FROM ${work} WHERE id IN (${database.dialect.numbersIn("?")}) AND ${condition}
     ${claiming}`,
    JSON.stringify(ids),
    ...values,
  );
  const taken = new Set(still.map(({ id }) => id));
  return rows.filter(({ id }) => taken.has(id));
}

/** A condition that leaves rows out; its value is that of {@linkcode among}. */
export function unless(database: Engine, ids: ReadonlySet<number>): string {
  return ids.size === 0 ? "" : `AND id NOT IN (${database.dialect.numbersIn("?")})`;
}

/** The value of {@linkcode unless}. A text, so that there are not as many statements as lists. */
export function among(ids: ReadonlySet<number>): readonly string[] {
  return ids.size === 0 ? [] : [JSON.stringify([...ids])];
}
