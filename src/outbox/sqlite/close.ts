/**
 * Cancels what was answered or stopped, in SQLite.
 *
 * @module
 */

import type { InvitationState } from "../../domain/invitation.ts";
import { cancelIfClosed, closeInvitation, type StoppedTarget, withdrawStopped } from "../cancel.ts";
import type { StopHash } from "../suppressions.ts";
import { applyWrites } from "./apply.ts";
import type { Database } from "./database.ts";
import { readMail } from "./mails.ts";

/**
 * Closes an open invitation, inside a transaction of the caller's; returns how many mails were
 * cancelled with it. A mail that is being sent only loses its link.
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
  applyWrites(database, closeInvitation({ id, state }, reason, at));
  const mails = database.all("SELECT mail_id FROM mail_invitations WHERE invitation_id = ?", id);
  let cancelled = 0;
  for (const { mail_id } of mails) {
    const writes = cancelIfClosed(readMail(database, mail_id as number), reason, at);
    applyWrites(database, writes);
    if (writes.length > 0) cancelled++;
  }
  return cancelled;
}

/** Takes what was stopped out of all mails that wait for the address, inside a transaction. */
export function withdrawWaiting(
  database: Database,
  addressHash: Uint8Array,
  stopped: StoppedTarget,
  hash: StopHash,
  at: number,
): void {
  const mails = database.all(
    `SELECT id FROM mails WHERE address_hash = ? AND state IN ('queued', 'sending') ORDER BY id`,
    addressHash,
  );
  for (const { id } of mails) {
    applyWrites(database, withdrawStopped(readMail(database, id as number), stopped, hash, at));
  }
}
