/**
 * Claims and settles mails in SQLite.
 *
 * @module
 */

import type { EmailAddress } from "../../domain/email_address.ts";
import type { InvitationState, MailState } from "../../domain/invitation.ts";
import type { UserId } from "../../domain/user_id.ts";
import type { MailLink } from "../cancel.ts";
import type { Claim, ClaimedMail, MailClaimOptions, MailInvitation, MailOutcome } from "../port.ts";
import { type HeldMail, postponeMail, requeueMail, settleMail } from "../settle_mail.ts";
import { applyWrites } from "./apply.ts";
import type { Database, Row } from "./database.ts";
import { dueRows, expiredLeases, heldRow, lease } from "./leases.ts";
import { nextSlot } from "./slots.ts";

const CLAIMED = "id, fence, user_id, address, kind, message_id, attempts, deferred_since, " +
  "queued_at, recipient";
// How many mails above their limit one claim postpones: a claim blocks everything else.
const MAX_POSTPONED = 200;

/** Leases mails that are due; the caller opens the transaction. */
export function claimMails(
  database: Database,
  { count, perAddress }: MailClaimOptions,
  now: number,
  leaseUntil: number,
): readonly ClaimedMail[] {
  requeueExpiredMails(database, now, now);
  const claimed: ClaimedMail[] = [];
  let postponed = 0;
  while (claimed.length < count && postponed < MAX_POSTPONED) {
    const due = dueRows(database, "mails", now, count - claimed.length);
    if (due.length === 0) break;
    for (const { id, reason } of due) {
      const until = perAddress === null
        ? undefined
        : nextSlot(database, "mails", id, perAddress, now);
      if (until === undefined) {
        claimed.push(claimedMail(database, lease(database, "mails", id, leaseUntil, CLAIMED)));
      } else {
        applyWrites(database, postponeMail({ id, reason: reason ?? undefined }, until, now));
        postponed++;
      }
    }
  }
  return claimed;
}

/** Requeues mails whose leases end by then; the caller opens the transaction. */
export function requeueExpiredMails(database: Database, by: number, now: number): void {
  for (const id of expiredLeases(database, "mails", by)) {
    applyWrites(database, requeueMail(readMail(database, id), now).writes);
  }
}

/** Ends a claim; returns whether that made work. The caller opens the transaction. */
export function settleClaimedMail(
  database: Database,
  claim: Claim,
  outcome: MailOutcome,
  now: number,
): boolean {
  if (heldRow(database, "mails", claim, "id") === undefined) return false;
  const { writes, makesWork } = settleMail(readMail(database, claim.id), outcome, now);
  applyWrites(database, writes);
  return makesWork;
}

/** Reads a mail and its links. */
export function readMail(database: Database, id: number): HeldMail {
  const rows = database.all(
    `SELECT mails.state AS mail_state, mails.attempts, mails.deferred_since,
       invitation_id, open, suppressed, invitations.state, answered, EXISTS (
         SELECT 1 FROM mail_invitations AS other JOIN mails AS other_mails
           ON other_mails.id = other.mail_id
         WHERE other.invitation_id = invitations.id AND other.mail_id <> ?1
           AND other_mails.state <> 'cancelled') AS has_other_mails
     FROM mails LEFT JOIN mail_invitations ON mail_id = mails.id
       LEFT JOIN invitations ON invitations.id = invitation_id
     WHERE mails.id = ?1 ORDER BY invitation_id`,
    id,
  );
  const [row] = rows;
  if (row === undefined) throw new TypeError(`mail ${id} does not exist`);
  return {
    id,
    state: row.mail_state as MailState,
    attempts: row.attempts as number,
    deferredSince: row.deferred_since as number | null ?? undefined,
    links: rows.filter(({ invitation_id }) => invitation_id !== null).map(linkOf),
  };
}

function linkOf(row: Row): MailLink {
  return {
    invitation: row.invitation_id as number,
    state: row.state as InvitationState,
    answered: row.answered === 1,
    open: row.open === 1,
    suppressed: row.suppressed === 1,
    hasOtherMails: row.has_other_mails === 1,
  };
}

function claimedMail(database: Database, row: Row): ClaimedMail {
  return {
    id: row.id as number,
    fence: row.fence as number,
    userId: row.user_id as UserId,
    address: row.address as EmailAddress,
    kind: row.kind as ClaimedMail["kind"],
    messageId: row.message_id as string,
    attempts: row.attempts as number,
    queuedAt: row.queued_at as number,
    deferredSince: row.deferred_since as number | null ?? undefined,
    recipient: JSON.parse(row.recipient as string),
    invitations: invitationsOf(database, row.id as number),
  };
}

function invitationsOf(database: Database, mail: number): readonly MailInvitation[] {
  return database.all(
    `SELECT id, room_id, inviter, inviter_name, origin_ts, received_at, facts
     FROM mail_invitations JOIN invitations ON id = invitation_id
     WHERE mail_id = ? AND open = 1 ORDER BY id`,
    mail,
  ).map((row): MailInvitation => ({
    id: row.id as number,
    roomId: row.room_id as string,
    inviter: row.inviter as string,
    inviterName: row.inviter_name as string | null ?? undefined,
    originTs: row.origin_ts as number,
    receivedAt: row.received_at as number,
    facts: JSON.parse(row.facts as string),
  }));
}
