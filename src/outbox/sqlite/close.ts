/**
 * What an answer takes back in SQLite.
 *
 * @module
 */

import type { Database } from "./database.ts";
import { SUPPRESSED } from "./suppressed.ts";
import { addMailTimeline, addTimeline } from "./timeline.ts";

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
  return mails.filter(({ mail_id }) => cancelIfClosed(database, mail_id as number, reason, at))
    .length;
}

/**
 * Cancels a queued mail when nothing that it tells of is open any more, and with it the invitations
 * that no other mail tells of: answered ones are cancelled, unwanted ones skipped. Returns whether it
 * did.
 */
export function cancelIfClosed(
  database: Database,
  mail: number,
  reason: string,
  at: number,
): boolean {
  const cancelled = database.get(
    `UPDATE mails SET state = 'cancelled', reason = CASE
       WHEN EXISTS (SELECT 1 FROM mail_invitations WHERE mail_id = ?1 AND suppressed = 0) THEN ?2
       ELSE '${SUPPRESSED}' END
     WHERE id = ?1 AND state = 'queued'
     AND NOT EXISTS (SELECT 1 FROM mail_invitations WHERE mail_id = ?1 AND open = 1)
     RETURNING reason`,
    mail,
    reason,
  );
  if (cancelled === undefined) return false;
  database.run(
    `UPDATE invitations SET
       state = CASE answered WHEN 1 THEN 'cancelled' ELSE 'skipped' END,
       reason = CASE answered WHEN 1 THEN ?2 ELSE '${SUPPRESSED}' END
     WHERE state = 'resolved'
     AND id IN (SELECT invitation_id FROM mail_invitations WHERE mail_id = ?1)
     AND NOT EXISTS (
       SELECT 1 FROM mail_invitations JOIN mails ON mails.id = mail_id
       WHERE invitation_id = invitations.id AND mails.state <> 'cancelled')`,
    mail,
    reason,
  );
  addMailTimeline(database, mail, at, "cancelled", { reason: cancelled.reason });
  return true;
}
