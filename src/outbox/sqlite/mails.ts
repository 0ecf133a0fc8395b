/**
 * Claims and settles mails in SQLite.
 *
 * @module
 */

import { parseEmailAddress } from "../../domain/email_address.ts";
import type { InvitationState, MailState } from "../../domain/invitation.ts";
import { parseUserId } from "../../domain/user_id.ts";
import type { MailLink } from "../cancel.ts";
import type { Doubt } from "../doubt.ts";
import type { Claim, ClaimedMail, MailClaimOptions, MailInvitation, MailOutcome } from "../port.ts";
import { type HeldMail, parkMail, requeueMail, settleMail } from "../settle_mail.ts";
import type { MailSettled } from "../settled.ts";
import {
  DamagedRowError,
  MAX_TIME_MS,
  parseFacts,
  parseRecipient,
  StoredRow,
} from "../stored_row.ts";
import { applyWrites } from "./apply.ts";
import { guardRow } from "./damage.ts";
import type { Database, Row } from "./database.ts";
import { dueRows, heldRow, lease, waitingRow } from "./leases.ts";
import { admittedAt, servePark, takeSlot } from "./limits.ts";

const CLAIMED = "id, fence, user_id, address, kind, message_id, attempts, deferred_since, " +
  "hung, queued_at, recipient, own";
// How many mails above their limit one claim parks: a claim blocks everything else.
const MAX_PARKED = 50;

/** Leases mails that are due; the caller opens the transaction. */
export function claimMails(
  database: Database,
  { count, strangers = count, perAddress, ownShare = 0 }: MailClaimOptions,
  now: number,
  leaseUntil: number,
): readonly ClaimedMail[] {
  const claimed: ClaimedMail[] = [];
  const tried = new Set<number>();
  const limit = perAddress && { ...perAddress, ownShare };
  let parked = 0;
  while (claimed.length < count && parked < MAX_PARKED) {
    servePark(database, "address", limit, now);
    const others = strangers - claimed.filter(({ own }) => !own).length;
    const due = dueRows(database, "mails", now, count - claimed.length, others);
    if (due.every(({ id }) => tried.has(id))) break;
    for (const { id, own, reason } of due) {
      tried.add(id);
      const mail = guardRow(database, "mails", id, now, () => {
        const read = claimedMail(database, waitingRow(database, "mails", id, CLAIMED));
        const wakeAt = limit === null
          ? undefined
          : admittedAt(database, "address", { id, own }, limit, now);
        if (wakeAt === undefined) {
          const fence = lease(database, "mails", id, leaseUntil);
          takeSlot(database, "address", id, now);
          return { ...read, fence };
        }
        applyWrites(database, parkMail({ id, reason: reason ?? undefined }, wakeAt, now));
        parked++;
        return undefined;
      });
      if (mail !== undefined) claimed.push(mail);
    }
  }
  return claimed;
}

/** Requeues claimed mails; the caller opens the transaction. */
export function requeueMails(database: Database, ids: readonly number[], now: number): void {
  for (const id of ids) {
    guardRow(database, "mails", id, now, () => {
      applyWrites(database, requeueMail(readMail(database, id), now).writes);
    });
  }
}

interface SettledMail {
  readonly settled: MailSettled;
  readonly makesWork: boolean;
}

const LOST: SettledMail = { settled: { kind: "lost" }, makesWork: false };

/** Ends a claim; returns the result, and whether it made work. The caller opens the transaction. */
export function settleClaimedMail(
  database: Database,
  claim: Claim,
  outcome: MailOutcome,
  now: number,
): SettledMail {
  if (heldRow(database, "mails", claim, "id") === undefined) return LOST;
  return guardRow(database, "mails", claim.id, now, () => {
    const { result, writes, makesWork } = settleMail(readMail(database, claim.id), outcome, now);
    applyWrites(database, writes);
    return { settled: result, makesWork };
  }) ?? LOST;
}

/** Reads a mail and its links. A link whose invitation is missing is none. */
export function readMail(database: Database, id: number): HeldMail {
  const rows = database.all(
    `SELECT mails.state AS mail_state, mails.attempts, mails.deferred_since, doubt_first,
       doubt_last, doubt_count, doubt_last IS NOT NULL AND EXISTS (
         SELECT 1 FROM mails AS other WHERE other.sent_at > mails.doubt_last
           AND other.address_key <> mails.address_key) AS others_accepted,
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
  const stored = new StoredRow("mails", id, rows[0] ?? {});
  return {
    id,
    state: stored.text("mail_state") as MailState,
    attempts: stored.count("attempts"),
    deferredSince: stored.timeOrNull("deferred_since"),
    doubt: doubtOf(stored),
    othersAccepted: rows[0]?.others_accepted === 1,
    links: rows.filter(({ state }) => state !== null).map(linkOf),
  };
}

function doubtOf(stored: StoredRow): Doubt | undefined {
  const first = stored.timeOrNull("doubt_first");
  const last = stored.timeOrNull("doubt_last");
  if (first === undefined || last === undefined) return undefined;
  return { first, last, count: stored.count("doubt_count") };
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
  const id = row.id as number;
  const stored = new StoredRow("mails", id, row);
  return {
    id,
    fence: stored.count("fence"),
    userId: stored.parsed("user_id", parseUserId, "a user ID"),
    address: stored.parsed("address", parseEmailAddress, "an email address"),
    kind: stored.parsed("kind", parseKind, "a kind of mail"),
    messageId: stored.parsed("message_id", parseMessageId, "a Message-ID"),
    own: row.own === 1,
    attempts: stored.count("attempts"),
    hung: row.hung === 1,
    queuedAt: stored.time("queued_at"),
    deferredSince: stored.timeOrNull("deferred_since"),
    recipient: stored.parsed("recipient", parseRecipient, "a recipient"),
    invitations: invitationsOf(database, id),
  };
}

function parseKind(value: unknown): ClaimedMail["kind"] | undefined {
  return (["invite", "digest", "reminder"] as const).find((kind) => kind === value);
}

// In angle brackets, and nothing that would begin another header field.
function parseMessageId(value: unknown): string | undefined {
  return typeof value === "string" && /^<[\x21-\x7e]+>$/.test(value) ? value : undefined;
}

// The readable ones. The mail is damaged when there is none.
function invitationsOf(database: Database, mail: number): readonly MailInvitation[] {
  const rows = database.all(
    `SELECT id, room_id, inviter, inviter_name, origin_ts, received_at, facts
     FROM mail_invitations JOIN invitations ON id = invitation_id
     WHERE mail_id = ? AND open = 1 ORDER BY id`,
    mail,
  );
  let damage = new DamagedRowError("mail_invitations", mail, "mail_id", "has no open invitation");
  const readable = rows.flatMap((row) => {
    try {
      return [mailInvitation(row)];
    } catch (error) {
      if (!(error instanceof DamagedRowError)) throw error;
      damage = error;
      return [];
    }
  });
  if (readable.length === 0) throw damage;
  return readable;
}

function mailInvitation(row: Row): MailInvitation {
  const id = row.id as number;
  const stored = new StoredRow("invitations", id, row);
  const receivedAt = stored.time("received_at");
  return {
    id,
    roomId: stored.text("room_id"),
    inviter: stored.text("inviter"),
    inviterName: stored.textOrNull("inviter_name"),
    // A remote server's: any number.
    originTs: Math.min(stored.count("origin_ts"), MAX_TIME_MS),
    receivedAt,
    facts: stored.parsed("facts", parseFacts, "the facts of an invite"),
  };
}
