/**
 * Cancels what was answered or stopped.
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
import type { Engine } from "./engine.ts";
import { wakeGathering } from "./gathering/join.ts";
import { openLinks, readMail } from "./read_mail.ts";
import { each, type Steps } from "./steps.ts";
import { ROWS_PER_SLICE } from "./transactions.ts";

/**
 * Closes an open invitation; returns how many mails were cancelled with it. A mail that is being
 * sent only loses its link. The caller opens the transaction.
 */
export function* closeOpenInvitation(
  database: Engine,
  id: number,
  reason: string,
  at: number,
  source?: ChangeSource,
): Steps<number> {
  const row = yield* database.get("SELECT state FROM invitations WHERE id = ?", id);
  if (row === undefined) return 0;
  const state = row.state as InvitationState;
  yield* guardRow(database, "invitations", id, at, function* () {
    yield* applyWrites(database, closeInvitation({ id, state }, reason, at, source));
    if (state === "pending") yield* wakeGathering(database, id, at);
  });
  const mails = yield* database.all(
    `SELECT mail_id FROM mail_invitations JOIN mails ON mails.id = mail_id
     WHERE invitation_id = ?`,
    id,
  );
  const cancelled = yield* each(
    mails,
    ({ mail_id }) => cancelClosed(database, mail_id as number, reason, at),
  );
  return cancelled.filter((isCancelled) => isCancelled).length;
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
export function* withdrawSlice(
  database: Engine,
  stopped: AddressTarget,
  { hash, isOutside }: StopRules,
  at: number,
  after: number,
): Steps<number | undefined> {
  if (!(yield* isStored(database, stopped))) return undefined;
  const mails = yield* waitingMails(database, stopped.address, after);
  for (const mail of mails) {
    const writes = (yield* openLinks(database, mail)).flatMap((link) =>
      withdrawIfStopped({ ...link, outside: isOutside(link.inviter) }, stopped, hash, at)
    );
    yield* applyWrites(database, writes);
    if (writes.length > 0) yield* cancelClosed(database, mail, "answered", at);
  }
  return mails.at(-1);
}

function* isStored(database: Engine, { address, scope, target }: AddressTarget): Steps<boolean> {
  const row = yield* database.get(
    "SELECT 1 AS found FROM suppressions WHERE address_hash = ? AND scope = ? AND target_hash = ?",
    address,
    scope,
    target,
  );
  return row !== undefined;
}

/** Ends a mail that waits, if nothing is left in it; returns whether it did. */
export function* cancelClosed(
  database: Engine,
  mail: number,
  reason: string,
  at: number,
  suppressed?: string,
): Steps<boolean> {
  return (yield* guardRow(database, "mails", mail, at, function* () {
    const writes = cancelIfClosed(yield* readMail(database, mail), reason, at, suppressed);
    yield* applyWrites(database, writes);
    return writes.length > 0;
  })) ?? false;
}

function* waitingMails(database: Engine, addressHash: Uint8Array, after: number): Steps<number[]> {
  return (yield* database.all(
    `SELECT id FROM mails WHERE address_hash = ? AND id > ? AND state IN ('queued', 'sending')
     ORDER BY id LIMIT ?`,
    addressHash,
    after,
    ROWS_PER_SLICE,
  )).map(({ id }) => id as number);
}
