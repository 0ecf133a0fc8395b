/**
 * What an answer takes back in SQLite.
 *
 * @module
 */

import type { Database } from "./sqlite_database.ts";
import { addMailTimeline, addTimeline } from "./sqlite_timeline.ts";

/**
 * Ends an open invitation; returns how many mails were cancelled with it. A mail that is being sent
 * right now loses the link only: what becomes of it is told when it settles.
 */
export function closeInvitation(
  database: Database,
  id: number,
  reason: string,
  at: number,
): number {
  database.run("UPDATE mail_invitations SET open = 0 WHERE invitation_id = ?", id);
  database.run(
    `UPDATE invitations SET answered = 1, lease_until = NULL,
       state = CASE state WHEN 'pending' THEN 'cancelled' ELSE state END,
       reason = CASE state WHEN 'pending' THEN ?2 ELSE reason END
     WHERE id = ?1`,
    id,
    reason,
  );
  addTimeline(database, id, at, reason === "superseded" ? reason : "answered", { reason });
  const mails = database.all("SELECT mail_id FROM mail_invitations WHERE invitation_id = ?", id);
  return mails.filter(({ mail_id }) => cancelIfAnswered(database, mail_id as number, reason, at))
    .length;
}

/**
 * Cancels a queued mail when all that it tells of was answered, and the invitations with it that no
 * other mail tells of. Returns whether it did.
 */
export function cancelIfAnswered(
  database: Database,
  mail: number,
  reason: string,
  at: number,
): boolean {
  const cancelled = database.run(
    `UPDATE mails SET state = 'cancelled', reason = ?2 WHERE id = ?1 AND state = 'queued'
     AND NOT EXISTS (SELECT 1 FROM mail_invitations WHERE mail_id = ?1 AND open = 1)`,
    mail,
    reason,
  );
  if (cancelled === 0) return false;
  database.run(
    `UPDATE invitations SET state = 'cancelled', reason = ?2
     WHERE state = 'resolved' AND answered = 1
     AND id IN (SELECT invitation_id FROM mail_invitations WHERE mail_id = ?1)
     AND NOT EXISTS (
       SELECT 1 FROM mail_invitations JOIN mails ON mails.id = mail_id
       WHERE invitation_id = invitations.id AND mails.state <> 'cancelled')`,
    mail,
    reason,
  );
  addMailTimeline(database, mail, at, "cancelled", { reason });
  return true;
}
