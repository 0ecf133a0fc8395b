/**
 * Reads the people whose answers could change something.
 *
 * @module
 */

import type { Engine } from "../engine.ts";
import type { Steps } from "../steps.ts";

/** So many IDs are looked through at once: some milliseconds, however few of the rows matter. */
export const IDS_PER_READ = 2000;

/**
 * Reads those of whom a row with one of the IDs behind `after` waits for something, or whose mail was
 * sent since then; and the last ID of the table.
 */
export function* readPeople(
  database: Engine,
  table: "invitations" | "mails",
  after: number,
  sentSince: number,
): Steps<{ readonly people: readonly string[]; readonly last: number }> {
  const until = after + IDS_PER_READ;
  const last = yield* database.get(`SELECT max(id) AS id FROM ${table}`);
  const rows = table === "invitations"
    ? yield* database.all(
      `SELECT DISTINCT invitee AS person FROM invitations
       WHERE id > ? AND id <= ? AND state = 'pending'`,
      after,
      until,
    )
    : yield* database.all(
      `SELECT DISTINCT user_id AS person FROM mails
       WHERE id > ? AND id <= ? AND (state IN ('queued', 'sending') OR sent_at >= ?)`,
      after,
      until,
      Math.min(sentSince, Number.MAX_SAFE_INTEGER),
    );
  return { people: rows.map(({ person }) => String(person)), last: Number(last?.id ?? 0) };
}
