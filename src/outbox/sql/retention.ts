/**
 * Deletes finished work. What still counts against a limit is kept as a slot.
 *
 * @module
 */

import { DAY } from "../../settings/duration.ts";
import { letOthersIn } from "../../system/let_others_in.ts";
import type { StopHash } from "../suppressions.ts";
import type { LimitName } from "../work.ts";
import type { Access } from "./access.ts";
import type { Engine } from "./engine.ts";
import { pruneKeys } from "./record.ts";
import type { Steps } from "./steps.ts";
import { ROWS_PER_SLICE } from "./transactions.ts";

// The longest period that a limit can have.
const MAX_LIMIT_PERIOD_MS = DAY;
const KEYS_PER_SLICE = 1000;

/** Deletes keys that are older than the age limit, in slices; returns how many. */
export async function pruneAllKeys(commit: Access["commit"]): Promise<number> {
  for (let pruned = 0;;) {
    const keys = await commit((database, now) => pruneKeys(database, now, KEYS_PER_SLICE));
    pruned += keys;
    if (keys < KEYS_PER_SLICE) return pruned;
    await letOthersIn();
  }
}

/** Deletes what finished before that time, in slices; returns how many invitations. */
export async function pruneFinished(
  commit: Access["commit"],
  before: number,
  hash: StopHash,
): Promise<number> {
  let pruned = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const from: number = after;
    const slice = await commit((database, now) =>
      pruneFinishedSlice(database, before, from, hash, now)
    );
    pruned += slice.invitations;
    after = slice.after;
    await letOthersIn();
  }
  return pruned;
}

/** What a slice did. */
interface PrunedSlice {
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
function* pruneFinishedSlice(
  database: Engine,
  before: number,
  after: number,
  hash: StopHash,
  now: number,
): Steps<PrunedSlice> {
  const rows = yield* database.all(
    "SELECT id, state, received_at FROM invitations WHERE id > ? ORDER BY id LIMIT ?",
    after,
    ROWS_PER_SLICE,
  );
  // Rows are in the order in which they were received, but for a clock that was set.
  const old = rows.filter((row) => (row.received_at as number) < before);
  const finished: number[] = [];
  for (const row of old) {
    const id = row.id as number;
    if (row.state !== "pending" && (yield* isQuietSince(database, id, before))) finished.push(id);
  }
  for (const id of finished) yield* deleteInvitation(database, id, hash, now);
  return {
    invitations: finished.length,
    after: old.length === 0 ? undefined : rows.at(-1)?.id as number,
  };
}

/** Deletes slots that no longer count; the caller opens the transaction. */
export function* pruneSlots(database: Engine, now: number): Steps<void> {
  yield* database.run("DELETE FROM kept_slots WHERE at <= ?", now - MAX_LIMIT_PERIOD_MS);
}

function* isQuietSince(database: Engine, invitation: number, before: number): Steps<boolean> {
  const row = yield* database.get(
    `SELECT EXISTS (SELECT 1 FROM mail_invitations JOIN mails ON mails.id = mail_id
         WHERE invitation_id = ?1 AND mails.state IN ('queued', 'sending'))
       OR EXISTS (SELECT 1 FROM timeline WHERE invitation_id = ?1 AND at >= ?2) AS found`,
    invitation,
    before,
  );
  return row?.found === 0;
}

function* deleteInvitation(database: Engine, id: number, hash: StopHash, now: number): Steps<void> {
  const mails = yield* database.all(
    "SELECT mail_id FROM mail_invitations WHERE invitation_id = ?",
    id,
  );
  yield* keepSlots(database, "inviter", "invitations", "inviter, inviter_slot_at", id, now);
  yield* keepSlots(database, "server", "invitations", "server, server_slot_at", id, now);
  yield* keepSlots(database, "room", "invitations", "room_id, room_slot_at", id, now);
  yield* database.run("DELETE FROM invitations WHERE id = ?", id);
  for (const { mail_id } of mails) {
    const mail = mail_id as number;
    const links = "SELECT 1 AS found FROM mail_invitations WHERE mail_id = ?";
    if ((yield* database.get(links, mail)) !== undefined) continue;
    const key = (yield* database.get("SELECT address_key FROM mails WHERE id = ?", mail))
      ?.address_key;
    yield* database.run(
      "UPDATE mails SET address_hash = ? WHERE id = ?",
      hash("address", String(key)),
      mail,
    );
    const addressKey = database.dialect.bytesAsKey("address_hash");
    yield* keepSlots(database, "address", "mails", `${addressKey}, slot_at`, mail, now);
    yield* keepSlots(database, "overall", "mails", "'', overall_slot_at", mail, now);
    yield* database.run("DELETE FROM mails WHERE id = ?", mail);
  }
}

function* keepSlots(
  database: Engine,
  limit: LimitName,
  table: string,
  columns: string,
  id: number,
  now: number,
): Steps<void> {
  const at = columns.split(", ").at(-1);
  yield* database.run(
    `INSERT INTO kept_slots (parked, key, at, own, server)
     SELECT ?, ${columns}, own, server FROM ${table} WHERE id = ? AND ${at} > ?`,
    limit,
    id,
    now - MAX_LIMIT_PERIOD_MS,
  );
}
