/**
 * Puts invitations into mails that wait, in SQLite.
 *
 * @module
 */

import { GATHER_REASON, type JoinableMail, MAX_GATHERED } from "../../gather.ts";
import type { JoinMail } from "../../writes.ts";
import type { Database } from "../database.ts";

/**
 * The mail of a person that one more invitation can join; `undefined` if there is none.
 *
 * @param person The person's ID, or a mail to them.
 */
export function joinableMail(
  database: Database,
  person: string | number,
  address: string,
): JoinableMail | undefined {
  const row = database.get(
    `SELECT id, own, reason, due_at, (
       SELECT count(*) FROM (SELECT 1 FROM mail_invitations WHERE mail_id = mails.id LIMIT ?)
     ) AS size FROM mails
     WHERE user_id = ${
      typeof person === "number" ? "(SELECT user_id FROM mails WHERE id = ?)" : "?"
    } AND address = ? AND state IN ('queued', 'sending') AND kind <> 'reminder'
       AND state = 'queued' AND tries = 0 ORDER BY id DESC LIMIT 1`,
    MAX_GATHERED,
    person,
    address,
  );
  const size = row?.size as number;
  if (row === undefined || size >= MAX_GATHERED) return undefined;
  return {
    id: row.id as number,
    own: row.own === 1,
    reason: row.reason as string | null ?? undefined,
    dueAt: row.due_at as number,
    size,
  };
}

/** Makes a mail about one more invitation. The caller opens the transaction. */
export function joinMail(
  database: Database,
  { mail, invitation, own, newMail, dueAt }: JoinMail,
): void {
  const { recipient, failover = [] } = newMail;
  database.run(
    // Own inviters' mails take no turns.
    `UPDATE mails SET kind = 'digest', own = max(own, ?1), turn = iif(?1, 0, turn), recipient = ?2,
       failover = ?3 WHERE id = ?4`,
    own ? 1 : 0,
    JSON.stringify(recipient),
    failover.length === 0 ? null : JSON.stringify(failover),
    mail,
  );
  if (dueAt !== undefined) {
    database.run("UPDATE mails SET parked = NULL, due_at = ? WHERE id = ?", dueAt, mail);
  }
  database.run(
    "INSERT OR IGNORE INTO mail_invitations (mail_id, invitation_id) VALUES (?, ?)",
    mail,
    invitation,
  );
}

/**
 * Makes mails due that wait for more invitations of the same person, unless others are being looked up
 * that count as much. The caller opens the transaction, and calls this when an invitation is no longer
 * one of them.
 */
export function wakeGathering(database: Database, invitation: number, now: number): void {
  const woken = database.run(
    `UPDATE mails SET due_at = ?1
     WHERE state = 'queued' AND reason = '${GATHER_REASON.invitations}' AND due_at > ?1
       AND parked IS NULL
       AND user_id = (SELECT invitee FROM invitations WHERE id = ?2)
       AND NOT EXISTS (
         SELECT 1 FROM invitations AS other JOIN invitations AS settled ON settled.id = ?2
         WHERE other.invitee = settled.invitee AND other.own IN (1, settled.own)
           AND other.due_at <= ?1 AND other.state = 'pending' AND other.parked IS NULL
           AND other.deferred_since IS NULL)`,
    now,
    invitation,
  );
  if (woken > 0) database.madeWork = true;
}
