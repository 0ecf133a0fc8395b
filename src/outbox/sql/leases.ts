/**
 * Leases invitations and mails: selects what is due, claims it, and finds claims.
 *
 * @module
 */

import { openLog } from "../../system/log_events.ts";
import type { Claim, Work } from "../port.ts";
import type { LimitName } from "../work.ts";
import type { Engine } from "./engine.ts";
import { each, type Row, type Steps } from "./steps.ts";

const log = openLog("outbox");

interface Leasing {
  /** The column with the person whose row it is. */
  readonly person: string;
  /** Selects the rows that wait to be claimed. */
  readonly waiting: string;
  /** Selects the rows that wait for a limit first. */
  readonly parked: string;
  /** Selects the rows that are claimed. */
  readonly leased: string;
  /** What a claim sets besides its lease, and what its end sets. */
  readonly onClaim: string;
  readonly onRequeue: string;
}

// The limits that each kind of rows can wait for.
const WAKE_UPS: Readonly<Record<Work, readonly LimitName[]>> = {
  invitations: ["inviter", "server", "room"],
  mails: ["address", "overall"],
};

// The conditions are those of the partial indexes.
const LEASING: Readonly<Record<Work, Leasing>> = {
  invitations: {
    person: "invitee",
    waiting: "state = 'pending' AND lease_until IS NULL AND parked IS NULL",
    parked: "state = 'pending' AND parked IS NOT NULL",
    leased: "lease_until IS NOT NULL",
    onClaim: "",
    onRequeue: "lease_until = NULL",
  },
  mails: {
    person: "user_id",
    waiting: "state = 'queued' AND parked IS NULL",
    parked: "state = 'queued' AND parked IS NOT NULL",
    leased: "state = 'sending'",
    onClaim: "state = 'sending', tries = tries + 1, ",
    onRequeue: "state = 'queued', lease_until = NULL, slot_at = NULL, overall_slot_at = NULL",
  },
};

/** The assignments that end a claim, so that the row waits again. */
export function requeueing(work: Work): string {
  return LEASING[work].onRequeue;
}

/** The column with the person whose row it is. */
export function personOf(work: Work): string {
  return LEASING[work].person;
}

/** A condition that leaves out rows that can neither be read nor set aside: hardly ever any. */
export function unlessSkipped(database: Engine, work: Work): string {
  const ids = [...database.skipped[work]];
  return ids.length === 0 ? "" : `AND id NOT IN (${ids.join(", ")})`;
}

/** These columns of a row. */
export function* waitingRow(database: Engine, work: Work, id: number, columns: string): Steps<Row> {
  const row = yield* database.get(`SELECT ${columns} FROM ${work} WHERE id = ?`, id);
  if (row === undefined) throw new TypeError(`row ${id} of ${work} cannot be found by its ID`);
  return row;
}

/** Claims a row that waits, and returns its fence. */
export function* lease(database: Engine, work: Work, id: number, until: number): Steps<number> {
  const row = yield* database.get(
    `UPDATE ${work} SET ${LEASING[work].onClaim}lease_until = ?, fence = fence + 1 WHERE id = ?
     RETURNING fence`,
    until,
    id,
  );
  return row?.fence as number;
}

/** These columns of a claimed row; `undefined` if the claim no longer holds. */
export function* heldRow(
  database: Engine,
  work: Work,
  { id, fence }: Claim,
  columns: string,
): Steps<Row | undefined> {
  return yield* database.get(
    `SELECT ${columns} FROM ${work} WHERE id = ? AND fence = ? AND ${LEASING[work].leased}`,
    id,
    fence,
  );
}

/** Selects the rows that wait to be claimed. */
export function waitingRows(work: Work): string {
  return LEASING[work].waiting;
}

/** Selects the rows that are claimed. */
export function claimedRows(work: Work): string {
  return LEASING[work].leased;
}

/** The IDs of the claimed rows, or of those among these. */
export function* leasedRows(
  database: Engine,
  work: Work,
  among?: readonly number[],
): Steps<readonly number[]> {
  const leased = `SELECT id FROM ${work} WHERE ${LEASING[work].leased}`;
  const rows = among === undefined
    // Every one, by the index.
    ? yield* database.all(`${leased} AND lease_until > -1`)
    : (yield* each(among, (id) => database.all(`${leased} AND id = ?`, id))).flat();
  return rows.map(({ id }) => id as number);
}

/**
 * Makes what is due later than anything can be due at once: it was stored while the machine's clock
 * was ahead. The caller opens the transaction.
 */
export function* pullBack(database: Engine, now: number, longestPause: number): Steps<void> {
  for (const work of ["invitations", "mails"] as const) {
    for (const own of [1, 0]) {
      yield* updateRows(
        database,
        work,
        "due_at = ?, deferred_since = CASE WHEN deferred_since > ? THEN ? ELSE deferred_since END",
        [now, now, now],
        {
          sql: `SELECT id FROM ${work} WHERE ${LEASING[work].waiting} AND own = ? AND due_at > ?
              ${unlessSkipped(database, work)}`,
          values: [own, now + longestPause],
        },
      );
    }
  }
}

/**
 * Makes rows due that were deferred in an outage until `before`, and are due later; returns how many. The
 * caller opens the transaction.
 */
export function* resume(
  database: Engine,
  work: Work,
  before: number,
  now: number,
  most: number,
): Steps<number> {
  const assignments = "due_at = CASE WHEN due_at > ? THEN ? ELSE due_at END, outage_at = NULL";
  return yield* updateRows(database, work, assignments, [now, now], {
    sql: `SELECT id FROM ${work} WHERE ${LEASING[work].waiting} AND outage_at <= ?
          ${unlessSkipped(database, work)} ORDER BY outage_at LIMIT ?`,
    values: [before, most],
  });
}

// Updates rows in one statement. Where a damaged one refuses that, it is skipped until the next start
// and the others are updated one by one. Returns how many were selected.
function* updateRows(
  database: Engine,
  work: Work,
  assignments: string,
  values: readonly number[],
  selection: { readonly sql: string; readonly values: readonly number[] },
): Steps<number> {
  const update = `UPDATE ${work} SET ${assignments} WHERE id`;
  try {
    return yield* database.part(() =>
      database.run(`${update} IN (${selection.sql})`, ...values, ...selection.values)
    );
  } catch (error) {
    if (database.isDatabaseError(error)) throw error;
  }
  const ids = (yield* database.all(selection.sql, ...selection.values)).map(({ id }) =>
    id as number
  );
  for (const id of ids) {
    try {
      yield* database.part(() => database.run(`${update} = ?`, ...values, id));
    } catch (error) {
      if (database.isDatabaseError(error)) throw error;
      database.skipped[work].add(id);
      log.error("row skipped", { table: work, row: id, error });
    }
  }
  return ids.length;
}

/**
 * When a row that waits is due next, in milliseconds UTC; `undefined` if none waits.
 *
 * @param ownOnly Whether to leave out what other servers' inviters have due.
 */
export function* nextDue(
  database: Engine,
  work: Work,
  ownOnly: boolean,
): Steps<number | undefined> {
  const { waiting } = LEASING[work];
  const times = [
    ...(ownOnly ? [1] : [1, 0]).map((own) =>
      `SELECT min(due_at) AS at FROM ${work}
       WHERE ${waiting} AND own = ${own} ${unlessSkipped(database, work)}`
    ),
    ...WAKE_UPS[work].map((parked) =>
      `SELECT min(at) AS at FROM wake_ups WHERE parked = '${parked}'`
    ),
  ];
  const row = yield* database.get(
    `SELECT min(at) AS at FROM (${times.join(" UNION ALL ")}) AS times`,
  );
  return typeof row?.at === "number" ? row.at : undefined;
}

/**
 * Whether any row waits or is claimed.
 *
 * @param sentSince If set, mails that were sent since then count as well, in milliseconds UTC.
 */
export function* hasWork(database: Engine, sentSince: number | undefined): Steps<boolean> {
  const any = (["invitations", "mails"] as const).flatMap((work) =>
    [LEASING[work].waiting, LEASING[work].leased, LEASING[work].parked].map((condition) =>
      `EXISTS (SELECT 1 FROM ${work} WHERE ${condition})`
    )
  );
  const sent = "EXISTS (SELECT 1 FROM mails WHERE sent_at >= ?)";
  const found = sentSince === undefined
    ? yield* database.get(`SELECT ${any.join(" OR ")} AS found`)
    : yield* database.get(`SELECT ${[...any, sent].join(" OR ")} AS found`, sentSince);
  return found?.found === 1;
}
