/**
 * Deletes a person's rows. Their choices to stop emails stay, as hashes.
 *
 * @module
 */

import type { Forgotten } from "../../records.ts";
import type { StopHash, StopScope } from "../../suppressions.ts";
import type { Engine } from "../engine.ts";
import type { Steps } from "../steps.ts";
import { ROWS_PER_SLICE } from "../transactions.ts";

const HASHED_SCOPES: readonly unknown[] = ["room", "inviter"] satisfies readonly StopScope[];

/** Takes out of a person's choices what can be read; the caller opens the transaction. */
export function* hashChoices(database: Engine, user: string, hash: StopHash): Steps<number> {
  const rows = yield* database.all(
    `SELECT id, address_key, scope, target FROM suppressions WHERE user_id = ?1
       OR address_key IN (SELECT address_key FROM mails WHERE user_id = ?1)`,
    user,
  );
  for (const { id, address_key: key, scope, target } of rows) {
    // Hashed again: what can be read holds whatever the secret, the hashes only for one.
    const isHashed = HASHED_SCOPES.includes(scope) && typeof target === "string";
    const hashes = [
      typeof key === "string" ? hash("address", key) : null,
      isHashed ? hash(scope as "room" | "inviter", target) : null,
    ];
    // A choice that then says the same is replaced.
    yield* database.run(
      `DELETE FROM suppressions WHERE id IN (
         SELECT other.id FROM suppressions AS this JOIN suppressions AS other
           ON other.address_hash = COALESCE(?1, this.address_hash) AND other.scope = this.scope
             AND other.target_hash = COALESCE(?2, this.target_hash) AND other.id <> this.id
         WHERE this.id = ?3)`,
      ...hashes,
      id as number,
    );
    yield* database.run(
      `UPDATE suppressions SET address_hash = COALESCE(?1, address_hash),
         target_hash = COALESCE(?2, target_hash), address_key = NULL, user_id = NULL, target = NULL
       WHERE id = ?3`,
      ...hashes,
      id as number,
    );
  }
  return rows.length;
}

/** Deletes some of a person's rows; the caller opens the transaction. None are left after zeros. */
export function* forgetSlice(
  database: Engine,
  user: string,
): Steps<Pick<Forgotten, "invitations" | "mails">> {
  const invitations = yield* idsOf(
    database,
    "SELECT id FROM invitations WHERE invitee = ? LIMIT ?",
    user,
  );
  const mails = yield* idsOf(database, "SELECT id FROM mails WHERE user_id = ? LIMIT ?", user);
  for (const mail of mails) {
    yield* forgetWakeUp(database, mail);
    yield* database.run("DELETE FROM mails WHERE id = ?", mail);
  }
  for (const invitation of invitations) {
    yield* database.run("DELETE FROM invitations WHERE id = ?", invitation);
  }
  return { invitations: invitations.length, mails: mails.length };
}

// Others may wait for the same address.
function* forgetWakeUp(database: Engine, mail: number): Steps<void> {
  yield* database.run(
    `DELETE FROM wake_ups WHERE parked = 'address'
       AND key = (SELECT address_key FROM mails WHERE id = ?1)
       AND NOT EXISTS (SELECT 1 FROM mails WHERE state = 'queued' AND parked = 'address'
         AND address_key = (SELECT address_key FROM mails WHERE id = ?1) AND id <> ?1)`,
    mail,
  );
}

function* idsOf(database: Engine, sql: string, user: string): Steps<readonly number[]> {
  return (yield* database.all(sql, user, ROWS_PER_SLICE)).map(({ id }) => id as number);
}
