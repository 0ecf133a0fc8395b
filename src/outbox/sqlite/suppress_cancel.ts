/**
 * Taking back what waits for somebody who does not want it, in SQLite.
 *
 * @module
 */

import type { StopHash, StopScope } from "../suppressions.ts";
import { cancelIfClosed } from "./close.ts";
import type { Database } from "./database.ts";
import { isSame } from "./suppress_known.ts";
import { SUPPRESSED } from "./suppressed.ts";
import { addTimeline } from "./timeline.ts";

/** What was stopped. */
interface Stopped {
  readonly scope: StopScope;
  readonly target: Uint8Array;
}

/**
 * Takes the unwanted invitations out of all mails that wait for the address, and cancels those that
 * have nothing else to tell, inside a transaction of the caller's. A mail that is being sent loses
 * the links only: if it has to wait again, it is cancelled then.
 */
export function cancelSuppressed(
  database: Database,
  stopped: Stopped,
  now: number,
  hash: StopHash,
  addressKey: string,
): void {
  const touched = new Set<number>();
  for (const { mail, invitation, roomId, inviter } of links(database, addressKey)) {
    const value = stopped.scope === "room" ? roomId : inviter;
    if (stopped.scope !== "all" && !isSame(stopped.target, hash(stopped.scope, value))) continue;
    database.run(
      `UPDATE mail_invitations SET open = 0, suppressed = 1
       WHERE mail_id = ? AND invitation_id = ?`,
      mail,
      invitation,
    );
    addTimeline(database, invitation, now, SUPPRESSED, { mail, scopes: [stopped.scope] });
    touched.add(mail);
  }
  for (const mail of touched) cancelIfClosed(database, mail, "answered", now);
}

interface Link {
  readonly mail: number;
  readonly invitation: number;
  readonly roomId: string;
  readonly inviter: string;
}

function links(database: Database, addressKey: string): Link[] {
  return database.all(
    `SELECT mails.id AS mail, invitations.id AS invitation, room_id, inviter
     FROM mails JOIN mail_invitations ON mail_id = mails.id
       JOIN invitations ON invitations.id = invitation_id
     WHERE address_key = ? AND mails.state IN ('queued', 'sending') AND open = 1
     ORDER BY mails.id, invitations.id`,
    addressKey,
  ).map((row): Link => ({
    mail: row.mail as number,
    invitation: row.invitation as number,
    roomId: row.room_id as string,
    inviter: row.inviter as string,
  }));
}
