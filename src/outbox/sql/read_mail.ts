/**
 * Reads mails with what the rules need about their invitations.
 *
 * @module
 */

import type { InvitationState, MailState } from "../../domain/invitation.ts";
import type { MailLink, OpenLink } from "../cancel.ts";
import type { Doubt } from "../doubt.ts";
import type { HeldMail } from "../settle_mail.ts";
import { parseFailover, StoredRow } from "../stored_row.ts";
import type { Engine } from "./engine.ts";
import type { Row, Steps } from "./steps.ts";

/** Reads a mail and its links. A link whose invitation is missing is none. */
export function* readMail(database: Engine, id: number): Steps<HeldMail> {
  const rows = yield* database.all(
    `SELECT mails.state AS mail_state, mails.attempts, mails.deferred_since, mails.failover,
       doubt_first, doubt_last, doubt_count, doubt_last IS NOT NULL AND EXISTS (
         SELECT 1 FROM mails AS other WHERE other.sent_at > mails.doubt_last
           AND other.address_key <> mails.address_key) AS others_accepted,
       invitation_id, open, suppressed, invitations.state, answered, joined, EXISTS (
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
    failover: stored.parsed("failover", parseFailover, "a list of addresses"),
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
    added: row.answered === 0 && row.joined === 1,
    open: row.open === 1,
    suppressed: row.suppressed === 1,
    hasOtherMails: row.has_other_mails === 1,
  };
}

/** The open links of a mail. */
export function* openLinks(database: Engine, mail: number): Steps<readonly OpenLink[]> {
  return (yield* database.all(
    `SELECT mail_id AS mail, invitation_id, room_id, inviter
     FROM mail_invitations JOIN invitations ON invitations.id = invitation_id
     WHERE mail_id = ? AND open = 1 ORDER BY invitation_id`,
    mail,
  )).map((row): OpenLink => ({
    mail: row.mail as number,
    invitation: row.invitation_id as number,
    roomId: String(row.room_id),
    inviter: String(row.inviter),
  }));
}
