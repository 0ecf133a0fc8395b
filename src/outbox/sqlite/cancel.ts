/**
 * Cancels what was answered or stopped, in SQLite.
 *
 * @module
 */

import type { InvitationState } from "../../domain/invitation.ts";
import {
  cancelIfClosed,
  closeInvitation,
  type OpenLink,
  type StoppedTarget,
  withdrawIfStopped,
} from "../cancel.ts";
import type { StopRules } from "../suppressed.ts";
import { applyWrites } from "./apply.ts";
import { guardRow } from "./damage.ts";
import type { Database } from "./database.ts";
import { readMail } from "./mails.ts";

/**
 * Closes an open invitation; returns how many mails were cancelled with it. A mail that is being
 * sent only loses its link. The caller opens the transaction.
 */
export function closeOpenInvitation(
  database: Database,
  id: number,
  reason: string,
  at: number,
): number {
  const row = database.get("SELECT state FROM invitations WHERE id = ?", id);
  if (row === undefined) return 0;
  const state = row.state as InvitationState;
  guardRow(database, "invitations", id, at, () => {
    applyWrites(database, closeInvitation({ id, state }, reason, at));
  });
  const mails = database.all(
    `SELECT mail_id FROM mail_invitations JOIN mails ON mails.id = mail_id
     WHERE invitation_id = ?`,
    id,
  );
  return mails.filter(({ mail_id }) => cancelClosed(database, mail_id as number, reason, at))
    .length;
}

/**
 * Takes what was stopped out of all mails that wait for the address, and cancels those that have
 * nothing else. The caller opens the transaction.
 */
export function withdrawWaiting(
  database: Database,
  addressHash: Uint8Array,
  stopped: StoppedTarget,
  { hash, isOutside }: StopRules,
  at: number,
): void {
  const withdrawn = new Set<number>();
  for (const waiting of waitingLinks(database, addressHash)) {
    const link = { ...waiting, outside: isOutside(waiting.inviter) };
    const writes = withdrawIfStopped(link, stopped, hash, at);
    applyWrites(database, writes);
    if (writes.length > 0) withdrawn.add(link.mail);
  }
  for (const mail of withdrawn) cancelClosed(database, mail, "answered", at);
}

function cancelClosed(database: Database, mail: number, reason: string, at: number): boolean {
  return guardRow(database, "mails", mail, at, () => {
    const writes = cancelIfClosed(readMail(database, mail), reason, at);
    applyWrites(database, writes);
    return writes.length > 0;
  }) ?? false;
}

function waitingLinks(database: Database, addressHash: Uint8Array): readonly OpenLink[] {
  return database.all(
    `SELECT mails.id AS mail, invitation_id, room_id, inviter
     FROM mails JOIN mail_invitations ON mail_id = mails.id
       JOIN invitations ON invitations.id = invitation_id
     WHERE address_hash = ? AND mails.state IN ('queued', 'sending') AND open = 1
     ORDER BY mails.id, invitation_id`,
    addressHash,
  ).map((row): OpenLink => ({
    mail: row.mail as number,
    invitation: row.invitation_id as number,
    roomId: String(row.room_id),
    inviter: String(row.inviter),
  }));
}
