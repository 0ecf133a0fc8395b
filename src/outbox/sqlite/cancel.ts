/**
 * Cancels what was answered or stopped, in SQLite.
 *
 * @module
 */

import type { InvitationState } from "../../domain/invitation.ts";
import {
  cancelIfClosed,
  closeInvitation,
  type StoppedTarget,
  withdrawIfStopped,
} from "../cancel.ts";
import type { ChangeSource } from "../port.ts";
import type { StopRules } from "../suppressed.ts";
import { applyWrites } from "./apply.ts";
import { guardRow } from "./damage.ts";
import type { Database } from "./database.ts";
import { wakeGathering } from "./gathering/join.ts";
import { openLinks, readMail } from "./read_mail.ts";
import { ROWS_PER_SLICE } from "./slices.ts";

/**
 * Closes an open invitation; returns how many mails were cancelled with it. A mail that is being
 * sent only loses its link. The caller opens the transaction.
 */
export function closeOpenInvitation(
  database: Database,
  id: number,
  reason: string,
  at: number,
  source?: ChangeSource,
): number {
  const row = database.get("SELECT state FROM invitations WHERE id = ?", id);
  if (row === undefined) return 0;
  const state = row.state as InvitationState;
  guardRow(database, "invitations", id, at, () => {
    applyWrites(database, closeInvitation({ id, state }, reason, at, source));
    if (state === "pending") wakeGathering(database, id, at);
  });
  const mails = database.all(
    `SELECT mail_id FROM mail_invitations JOIN mails ON mails.id = mail_id
     WHERE invitation_id = ?`,
    id,
  );
  return mails.filter(({ mail_id }) => cancelClosed(database, mail_id as number, reason, at))
    .length;
}

/** What the recipient at an address stopped. */
export interface AddressTarget extends StoppedTarget {
  /** The address's hash. */
  readonly address: Uint8Array;
}

/**
 * Takes what was stopped out of mails that wait for the address, and cancels those that have nothing
 * else. The caller opens the transaction.
 *
 * @param after The last mail of the slice before.
 * @returns The last mail of this slice; `undefined` if there is no other, or the choice is undone.
 */
export function withdrawSlice(
  database: Database,
  stopped: AddressTarget,
  { hash, isOutside }: StopRules,
  at: number,
  after: number,
): number | undefined {
  if (!isStored(database, stopped)) return undefined;
  const mails = waitingMails(database, stopped.address, after);
  for (const mail of mails) {
    const writes = openLinks(database, mail).flatMap((link) =>
      withdrawIfStopped({ ...link, outside: isOutside(link.inviter) }, stopped, hash, at)
    );
    applyWrites(database, writes);
    if (writes.length > 0) cancelClosed(database, mail, "answered", at);
  }
  return mails.at(-1);
}

function isStored(database: Database, { address, scope, target }: AddressTarget): boolean {
  const row = database.get(
    "SELECT 1 AS found FROM suppressions WHERE address_hash = ? AND scope = ? AND target_hash = ?",
    address,
    scope,
    target,
  );
  return row !== undefined;
}

/** Ends a mail that waits, if nothing is left in it; returns whether it did. */
export function cancelClosed(
  database: Database,
  mail: number,
  reason: string,
  at: number,
  suppressed?: string,
): boolean {
  return guardRow(database, "mails", mail, at, () => {
    const writes = cancelIfClosed(readMail(database, mail), reason, at, suppressed);
    applyWrites(database, writes);
    return writes.length > 0;
  }) ?? false;
}

function waitingMails(database: Database, addressHash: Uint8Array, after: number): number[] {
  return database.all(
    `SELECT id FROM mails WHERE address_hash = ? AND id > ? AND state IN ('queued', 'sending')
     ORDER BY id LIMIT ?`,
    addressHash,
    after,
    ROWS_PER_SLICE,
  ).map(({ id }) => id as number);
}
