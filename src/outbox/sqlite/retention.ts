/**
 * Deletes finished work from SQLite. What still counts against a limit is kept as a slot.
 *
 * @module
 */

import { DAY } from "../../settings/duration.ts";
import type { StopHash } from "../suppressions.ts";
import type { LimitName } from "../work.ts";
import type { Database } from "./database.ts";
import { ROWS_PER_SLICE } from "./slices.ts";

// The longest period that a limit can have.
const MAX_LIMIT_PERIOD_MS = DAY;

/** What a slice did. */
export interface PrunedSlice {
  /** How many invitations were deleted. */
  readonly invitations: number;
  /** The last invitation of the slice; `undefined` when all that follow are newer. */
  readonly after: number | undefined;
}

/**
 * Deletes the invitations, and with them their mails, of which nothing waits and nothing happened
 * since then. The caller opens the transaction.
 *
 * @param after The last invitation of the slice before.
 */
export function pruneFinishedSlice(
  database: Database,
  before: number,
  after: number,
  hash: StopHash,
  now: number,
): PrunedSlice {
  const rows = database.all(
    "SELECT id, state, received_at FROM invitations WHERE id > ? ORDER BY id LIMIT ?",
    after,
    ROWS_PER_SLICE,
  );
  // Rows are in the order in which they were received, but for a clock that was set.
  const old = rows.filter((row) => (row.received_at as number) < before);
  const finished = old.filter((row) => row.state !== "pending")
    .map(({ id }) => id as number)
    .filter((id) => isQuietSince(database, id, before));
  for (const id of finished) deleteInvitation(database, id, hash, now);
  return {
    invitations: finished.length,
    after: old.length === 0 ? undefined : rows.at(-1)?.id as number,
  };
}

/** Deletes slots that no longer count; the caller opens the transaction. */
export function pruneSlots(database: Database, now: number): void {
  database.run("DELETE FROM kept_slots WHERE at <= ?", now - MAX_LIMIT_PERIOD_MS);
}

function isQuietSince(database: Database, invitation: number, before: number): boolean {
  const row = database.get(
    `SELECT EXISTS (SELECT 1 FROM mail_invitations JOIN mails ON mails.id = mail_id
         WHERE invitation_id = ?1 AND mails.state IN ('queued', 'sending'))
       OR EXISTS (SELECT 1 FROM timeline WHERE invitation_id = ?1 AND at >= ?2) AS found`,
    invitation,
    before,
  );
  return row?.found === 0;
}

function deleteInvitation(database: Database, id: number, hash: StopHash, now: number): void {
  const mails = database.all("SELECT mail_id FROM mail_invitations WHERE invitation_id = ?", id);
  keepSlots(database, "inviter", "invitations", "inviter, inviter_slot_at", id, now);
  keepSlots(database, "server", "invitations", "server, server_slot_at", id, now);
  keepSlots(database, "room", "invitations", "room_id, room_slot_at", id, now);
  database.run("DELETE FROM invitations WHERE id = ?", id);
  for (const { mail_id } of mails) {
    const mail = mail_id as number;
    const links = "SELECT 1 AS found FROM mail_invitations WHERE mail_id = ?";
    if (database.get(links, mail) !== undefined) continue;
    const key = database.get("SELECT address_key FROM mails WHERE id = ?", mail)?.address_key;
    database.run(
      "UPDATE mails SET address_hash = ? WHERE id = ?",
      hash("address", String(key)),
      mail,
    );
    keepSlots(database, "address", "mails", "address_hash, slot_at", mail, now);
    keepSlots(database, "overall", "mails", "'', overall_slot_at", mail, now);
    database.run("DELETE FROM mails WHERE id = ?", mail);
  }
}

function keepSlots(
  database: Database,
  limit: LimitName,
  table: string,
  columns: string,
  id: number,
  now: number,
): void {
  const [, at = ""] = columns.split(", ");
  database.run(
    `INSERT INTO kept_slots (parked, key, at, own, server)
     SELECT ?, ${columns}, own, server FROM ${table} WHERE id = ? AND ${at} > ?`,
    limit,
    id,
    now - MAX_LIMIT_PERIOD_MS,
  );
}
