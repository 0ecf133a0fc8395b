/**
 * Deletes finished work. What still counts against a limit is kept as a slot.
 *
 * @module
 */

import { DAY } from "../../settings/duration.ts";
import { letOthersIn } from "../../system/let_others_in.ts";
import type { StopHash } from "../suppressions.ts";
import type { LimitName, Work } from "../work.ts";
import type { Access } from "./access.ts";
import { pruneBounces } from "./bounces/record.ts";
import type { Engine } from "./engine.ts";
import { pruneKeys } from "./record.ts";
import type { Steps } from "./steps.ts";
import { ROWS_PER_SLICE } from "./transactions.ts";

// The longest period that a limit can have.
const MAX_LIMIT_PERIOD_MS = DAY;
// Some milliseconds.
const DELETED_PER_SLICE = 100;

/** Deletes keys that are older than the age limit, in slices; returns how many. */
export function pruneAllKeys(commit: Access["commit"]): Promise<number> {
  return deleteAll(commit, pruneKeys);
}

/** Deletes slots and bounces that no longer count, in slices. */
export async function pruneUncounted(commit: Access["commit"]): Promise<void> {
  await deleteAll(commit, pruneSlots);
  await deleteAll(commit, pruneBounces);
}

// Deletes at most so many rows; returns how many.
type DeleteSome = (database: Engine, now: number, most: number) => Steps<number>;

async function deleteAll(commit: Access["commit"], deleteSome: DeleteSome): Promise<number> {
  for (let deleted = 0;;) {
    const rows = await commit((database, now) => deleteSome(database, now, DELETED_PER_SLICE));
    deleted += rows;
    if (rows < DELETED_PER_SLICE) return deleted;
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
    `SELECT id, received_at,
       CASE WHEN state <> 'pending'
         AND NOT EXISTS (SELECT 1 FROM mail_invitations JOIN mails ON mails.id = mail_id
           WHERE invitation_id = invitations.id AND mails.state IN ('queued', 'sending'))
         AND NOT EXISTS (SELECT 1 FROM timeline WHERE invitation_id = invitations.id AND at >= ?1)
       THEN 1 ELSE 0 END AS finished
     FROM invitations WHERE id > ?2 ORDER BY id LIMIT ?3`,
    before,
    after,
    ROWS_PER_SLICE,
  );
  // Rows are in the order in which they were received, but for a clock that was set.
  const old = rows.filter((row) => (row.received_at as number) < before);
  const finished = old.filter((row) => row.finished === 1).map(({ id }) => id as number);
  if (finished.length > 0) yield* deleteInvitations(database, finished, hash, now);
  return {
    invitations: finished.length,
    after: old.length === 0 ? undefined : rows.at(-1)?.id as number,
  };
}

function* pruneSlots(database: Engine, now: number, most: number): Steps<number> {
  return yield* database.run(
    `DELETE FROM kept_slots WHERE id IN
       (SELECT id FROM kept_slots WHERE at <= ? ORDER BY at LIMIT ?)`,
    now - MAX_LIMIT_PERIOD_MS,
    most,
  );
}

function* deleteInvitations(
  database: Engine,
  invitations: readonly number[],
  hash: StopHash,
  now: number,
): Steps<void> {
  const among = `IN (${database.dialect.numbersIn("?1")})`;
  const mails = yield* idsOf(
    database,
    `SELECT DISTINCT mail_id AS id FROM mail_invitations WHERE invitation_id ${among}`,
    invitations,
  );
  yield* keepSlots(
    database,
    "inviter",
    "invitations",
    "inviter",
    "inviter_slot_at",
    invitations,
    now,
  );
  yield* keepSlots(database, "server", "invitations", "server", "server_slot_at", invitations, now);
  yield* keepSlots(database, "room", "invitations", "room_id", "room_slot_at", invitations, now);
  yield* database.run(`DELETE FROM invitations WHERE id ${among}`, JSON.stringify(invitations));
  const ended = yield* idsOf(
    database,
    `SELECT id FROM mails WHERE id ${among}
       AND NOT EXISTS (SELECT 1 FROM mail_invitations WHERE mail_id = mails.id)`,
    mails,
  );
  if (ended.length === 0) return;
  yield* refreshHashes(database, ended, hash, now);
  const addressKey = database.dialect.bytesAsKey("address_hash");
  yield* keepSlots(database, "address", "mails", addressKey, "slot_at", ended, now);
  yield* keepSlots(database, "overall", "mails", "''", "overall_slot_at", ended, now);
  yield* database.run(`DELETE FROM mails WHERE id ${among}`, JSON.stringify(ended));
}

function* idsOf(database: Engine, sql: string, among: readonly number[]): Steps<readonly number[]> {
  return (yield* database.all(sql, JSON.stringify(among))).map(({ id }) => id as number);
}

// The key of an address's slot is its hash.
function* refreshHashes(
  database: Engine,
  mails: readonly number[],
  hash: StopHash,
  now: number,
): Steps<void> {
  const kept = yield* database.all(
    `SELECT id, address_key FROM mails
     WHERE id IN (${database.dialect.numbersIn("?1")}) AND slot_at > ?2`,
    JSON.stringify(mails),
    now - MAX_LIMIT_PERIOD_MS,
  );
  for (const { id, address_key: key } of kept) {
    yield* database.run(
      "UPDATE mails SET address_hash = ? WHERE id = ?",
      hash("address", String(key)),
      id as number,
    );
  }
}

function* keepSlots(
  database: Engine,
  limit: LimitName,
  table: Work,
  key: string,
  at: string,
  ids: readonly number[],
  now: number,
): Steps<void> {
  yield* database.run(
    `INSERT INTO kept_slots (parked, key, at, own, server)
     SELECT ?2, ${key}, ${at}, own, server FROM ${table}
     WHERE id IN (${database.dialect.numbersIn("?1")}) AND ${at} > ?3`,
    JSON.stringify(ids),
    limit,
    now - MAX_LIMIT_PERIOD_MS,
  );
}
