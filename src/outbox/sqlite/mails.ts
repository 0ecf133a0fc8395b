/**
 * Claiming and settling mails in SQLite.
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

// How many mails of addresses with too many one claim may postpone, as that blocks everything else.
const MAX_POSTPONED = 200;

/** Leases mails that are due, inside a transaction of the caller's. */
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
        claimed.push(claimedMail(database, lease(database, "mails", id, leaseUntil)));
      } else {
        applyWrites(database, postponeMail({ id, reason: reason ?? undefined }, until, now));
        postponed++;
      }
    }
  }
  return claimed;
}

/** Queues mails again whose leases end by then, inside a transaction of the caller's. */
export function requeueExpiredMails(database: Database, by: number, now: number): void {
  for (const id of expiredLeases(database, "mails", by)) {
    applyWrites(database, requeueMail(readMail(database, id), now).writes);
  }
}

/** Ends a claim, inside a transaction of the caller's; returns whether that made work. */
export function settleClaimedMail(
  database: Database,
  claim: Claim,
  outcome: MailOutcome,
  now: number,
): boolean {
  if (heldRow(database, "mails", claim) === undefined) return false;
  const { writes, makesWork } = settleMail(readMail(database, claim.id), outcome, now);
  applyWrites(database, writes);
  return makesWork;
}

/** Reads a mail that is not sent yet, as the rules need it. */
export function readMail(database: Database, id: number): HeldMail {
  const row = database.get(
    "SELECT id, state, attempts, deferred_since FROM mails WHERE id = ?",
    id,
  ) as Row;
  return {
    id: row.id as number,
    state: row.state as MailState,
    attempts: row.attempts as number,
    deferredSince: row.deferred_since as number | null ?? undefined,
    links: linksOf(database, id),
  };
}

function linksOf(database: Database, mail: number): readonly MailLink[] {
  return database.all(
    `SELECT invitation_id, open, suppressed, room_id, inviter, state, answered, EXISTS (
       SELECT 1 FROM mail_invitations AS other JOIN mails ON mails.id = other.mail_id
       WHERE other.invitation_id = invitations.id AND other.mail_id <> ?1
         AND mails.state <> 'cancelled') AS has_other_mails
     FROM mail_invitations JOIN invitations ON invitations.id = invitation_id
     WHERE mail_id = ?1 ORDER BY invitation_id`,
    mail,
  ).map((row): MailLink => ({
    invitation: row.invitation_id as number,
    roomId: row.room_id as string,
    inviter: row.inviter as string,
    state: row.state as InvitationState,
    answered: row.answered === 1,
    open: row.open === 1,
    suppressed: row.suppressed === 1,
    hasOtherMails: row.has_other_mails === 1,
  }));
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
