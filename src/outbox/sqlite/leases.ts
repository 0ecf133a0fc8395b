/**
 * Leases of invitations and mails in SQLite: what is due, who works on it, and what waits again.
 *
 * @module
 */

import type { Claim, Work } from "../port.ts";
import type { Database, Row } from "./database.ts";

interface Leasing {
  /** The rows that wait to be claimed. */
  readonly waiting: string;
  /** The rows that somebody works on. */
  readonly leased: string;
  /** What else a claim sets, and what its end sets. */
  readonly onClaim: string;
  readonly onRequeue: string;
}

// The conditions are those of the partial indexes.
const LEASING: Readonly<Record<Work, Leasing>> = {
  invitations: {
    waiting: "state = 'pending' AND lease_until IS NULL",
    leased: "lease_until IS NOT NULL",
    onClaim: "",
    onRequeue: "lease_until = NULL",
  },
  mails: {
    waiting: "state = 'queued'",
    leased: "state = 'sending'",
    onClaim: "state = 'sending', ",
    onRequeue: "state = 'queued', lease_until = NULL",
  },
};

/** What an update sets to end a claim, so that the row waits again. */
export function requeueing(work: Work): string {
  return LEASING[work].onRequeue;
}

/** The IDs and reasons of rows that are due and wait, the longest due first. */
export function dueRows(
  database: Database,
  work: Work,
  now: number,
  count: number,
): readonly { readonly id: number; readonly reason: string | null }[] {
  return database.all(
    `SELECT id, reason FROM ${work} WHERE ${LEASING[work].waiting} AND due_at <= ?
     ORDER BY due_at, id LIMIT ?`,
    now,
    count,
  ) as { id: number; reason: string | null }[];
}

/** Claims a row that waits, and returns it. */
export function lease(database: Database, work: Work, id: number, until: number): Row {
  return database.get(
    `UPDATE ${work} SET ${LEASING[work].onClaim}lease_until = ?, fence = fence + 1 WHERE id = ?
     RETURNING *`,
    until,
    id,
  ) as Row;
}

/** The row of a claim that still holds. */
export function heldRow(database: Database, work: Work, { id, fence }: Claim): Row | undefined {
  return database.get(
    `SELECT * FROM ${work} WHERE id = ? AND fence = ? AND ${LEASING[work].leased}`,
    id,
    fence,
  );
}

/** The IDs of the rows whose leases end by that time. */
export function expiredLeases(database: Database, work: Work, by: number): readonly number[] {
  return database.all(
    `SELECT id FROM ${work} WHERE ${LEASING[work].leased} AND lease_until <= ?`,
    by,
  ).map(({ id }) => id as number);
}

/** When there is next something to claim, in milliseconds UTC. */
export function nextDue(database: Database, work: Work): number | undefined {
  const { waiting, leased } = LEASING[work];
  const row = database.get(
    `SELECT min(at) AS at FROM (
       SELECT min(due_at) AS at FROM ${work} WHERE ${waiting}
       UNION ALL SELECT min(lease_until) FROM ${work} WHERE ${leased})`,
  );
  return (row?.at ?? undefined) as number | undefined;
}

/** Whether anything waits or is worked on. */
export function hasWork(database: Database): boolean {
  const any = (["invitations", "mails"] as const).flatMap((work) =>
    [LEASING[work].waiting, LEASING[work].leased].map((condition) =>
      `EXISTS (SELECT 1 FROM ${work} WHERE ${condition})`
    )
  );
  return database.get(`SELECT ${any.join(" OR ")} AS found`)?.found === 1;
}
