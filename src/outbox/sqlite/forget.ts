/**
 * Deletes a person's rows in SQLite. Their choices to stop emails stay, as hashes.
 *
 * @module
 */

import type { Forgotten } from "../records.ts";
import type { StopHash, StopScope } from "../suppressions.ts";
import type { Database } from "./database.ts";
import { ROWS_PER_SLICE } from "./slices.ts";

const HASHED_SCOPES: readonly unknown[] = ["room", "inviter"] satisfies readonly StopScope[];

/** Takes out of a person's choices what can be read; the caller opens the transaction. */
export function hashChoices(database: Database, user: string, hash: StopHash): number {
  const rows = database.all(
    `SELECT id, address_key, scope, target FROM suppressions WHERE user_id = ?1
       OR address_key IN (SELECT address_key FROM mails WHERE user_id = ?1)`,
    user,
  );
  for (const { id, address_key: key, scope, target } of rows) {
    // Hashed again: what can be read holds whatever the secret, the hashes only for one. A choice that
    // then says the same is replaced.
    const isHashed = HASHED_SCOPES.includes(scope) && typeof target === "string";
    database.run(
      `UPDATE OR REPLACE suppressions SET address_hash = COALESCE(?, address_hash),
         target_hash = COALESCE(?, target_hash), address_key = NULL, user_id = NULL, target = NULL
       WHERE id = ?`,
      typeof key === "string" ? hash("address", key) : null,
      isHashed ? hash(scope as "room" | "inviter", target) : null,
      id as number,
    );
  }
  return rows.length;
}

/** Deletes some of a person's rows; the caller opens the transaction. None are left after zeros. */
export function forgetSlice(
  database: Database,
  user: string,
): Pick<Forgotten, "invitations" | "mails"> {
  const invitations = idsOf(
    database,
    "SELECT id FROM invitations WHERE invitee = ? LIMIT ?",
    user,
  );
  const mails = idsOf(database, "SELECT id FROM mails WHERE user_id = ? LIMIT ?", user);
  for (const mail of mails) {
    forgetWakeUp(database, mail);
    database.run("DELETE FROM mails WHERE id = ?", mail);
  }
  for (const invitation of invitations) {
    database.run("DELETE FROM invitations WHERE id = ?", invitation);
  }
  return { invitations: invitations.length, mails: mails.length };
}

// Others may wait for the same address.
function forgetWakeUp(database: Database, mail: number): void {
  database.run(
    `DELETE FROM wake_ups WHERE parked = 'address'
       AND key = (SELECT address_key FROM mails WHERE id = ?1)
       AND NOT EXISTS (SELECT 1 FROM mails WHERE state = 'queued' AND parked = 'address'
         AND address_key = (SELECT address_key FROM mails WHERE id = ?1) AND id <> ?1)`,
    mail,
  );
}

function idsOf(database: Database, sql: string, user: string): readonly number[] {
  return database.all(sql, user, ROWS_PER_SLICE).map(({ id }) => id as number);
}
