/**
 * Reads all rows as the service would, to find those that it could not use.
 *
 * @module
 */

import { parseEmailAddress } from "../../../domain/email_address.ts";
import { parseUserId } from "../../../domain/user_id.ts";
import {
  DamagedRowError,
  parseFacts,
  parseFailover,
  parseMessageId,
  parseObject,
  parseRecipient,
  StoredRow,
  type Table,
} from "../../stored_row.ts";
import type { Engine } from "../engine.ts";
import type { Steps } from "../steps.ts";

const ROWS_AT_ONCE = 1000;

/** The tables whose rows have values that could not be used. */
export const READ_TABLES: readonly Table[] = ["invitations", "mails", "timeline", "suppressions"];

const READERS: Readonly<Record<string, (row: StoredRow) => void>> = {
  invitations(row) {
    for (const column of ["key", "room_id", "inviter"]) row.text(column);
    for (const column of ["inviter_name", "event_id"]) row.textOrNull(column);
    for (const column of ["fence", "attempts", "origin_ts"]) row.count(column);
    row.parsed("invitee", parseUserId, "a user ID");
    row.parsed("facts", parseFacts, "the facts of an invite");
    row.time("received_at");
    row.timeOrNull("deferred_since");
  },
  mails(row) {
    row.text("address_key");
    for (const column of ["fence", "attempts"]) row.count(column);
    row.parsed("user_id", parseUserId, "a user ID");
    row.parsed("address", parseEmailAddress, "an email address");
    row.parsed("message_id", parseMessageId, "a Message-ID");
    row.parsed("recipient", parseRecipient, "a recipient");
    row.parsed("failover", parseFailover, "a list of addresses");
    row.time("queued_at");
    for (const column of ["deferred_since", "doubt_first", "doubt_last"]) row.timeOrNull(column);
  },
  timeline(row) {
    row.time("at");
    row.text("step");
    row.parsed("data", parseObject, "an object");
  },
  suppressions(row) {
    row.time("at");
    row.timeOrNull("until");
    row.parsed("address_hash", bytesOf, "a hash");
  },
};

function bytesOf(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array && value.length > 0 ? value : undefined;
}

/** Finds the rows of a table that could not be used; of each, the first value. */
export function* damagedRows(database: Engine, table: Table): Steps<readonly DamagedRowError[]> {
  const found: DamagedRowError[] = [];
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = yield* database.all(
      `SELECT * FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`,
      after,
      ROWS_AT_ONCE,
    );
    for (const row of rows) {
      after = Number(row.id);
      try {
        READERS[table]?.(new StoredRow(table, after, row));
      } catch (error) {
        if (!(error instanceof DamagedRowError)) throw error;
        found.push(error);
      }
    }
    if (rows.length < ROWS_AT_ONCE) return found;
  }
}
