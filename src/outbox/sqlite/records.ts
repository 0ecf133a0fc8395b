/**
 * Reads single rows and figures for the administrator, and changes rows by hand, in SQLite.
 *
 * @module
 */

import type { SQLInputValue } from "node:sqlite";
import type { InvitationState, MailState } from "../../domain/invitation.ts";
import {
  cancelInvitation,
  cancelMail,
  type Plan,
  retryInvitation,
  retryMail,
} from "../intervene.ts";
import type { Work } from "../port.ts";
import type {
  Intervention,
  InvitationRecord,
  MailRecord,
  ReasonCount,
  RecordQuery,
  RecordRef,
  Summary,
  Waiting,
} from "../records.ts";
import { parseFacts } from "../stored_row.ts";
import type { StopHash } from "../suppressions.ts";
import type { LimitName } from "../work.ts";
import { applyWrites } from "./apply.ts";
import { readBounce } from "./bounces/note.ts";
import type { Database, Row } from "./database.ts";
import { readMail } from "./read_mail.ts";
import { readCounts } from "./reports.ts";

const MAX_REASONS = 20;

/** The invitations that match, the latest first. */
export function listInvitations(
  database: Database,
  { state, user, count }: RecordQuery<InvitationState>,
): readonly InvitationRecord[] {
  return database.all(
    `SELECT * FROM invitations WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR invitee = ?2)
     ORDER BY id DESC LIMIT ?3`,
    state ?? null,
    user ?? null,
    count,
  ).map((row) => toInvitation(database, row));
}

/** The mails that match, the latest first. */
export function listMails(
  database: Database,
  { state, user, count }: RecordQuery<MailState>,
): readonly MailRecord[] {
  return database.all(
    `SELECT * FROM mails WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR user_id = ?2)
     ORDER BY id DESC LIMIT ?3`,
    state ?? null,
    user ?? null,
    count,
  ).map((row) => toMail(database, row));
}

/** One invitation. */
export function findInvitation(database: Database, id: number): InvitationRecord | undefined {
  const row = database.get("SELECT * FROM invitations WHERE id = ?", id);
  return row && toInvitation(database, row);
}

/** One mail. */
export function findMail(database: Database, id: number): MailRecord | undefined {
  const row = database.get("SELECT * FROM mails WHERE id = ?", id);
  return row && toMail(database, row);
}

/** Makes a row due at once; the caller opens the transaction. */
export function retry(
  database: Database,
  { work, id }: RecordRef,
  hash: StopHash,
  now: number,
): Intervention {
  if (work === "invitations") {
    const invitation = findInvitation(database, id);
    return apply(database, invitation && retryInvitation(invitation, now));
  }
  const mail = findMail(database, id);
  if (mail === undefined) return { kind: "unknown" };
  const key = database.get("SELECT address_key FROM mails WHERE id = ?", id)?.address_key;
  return apply(database, retryMail(mail, hash("address", String(key)), now));
}

/** Ends a row that waits; the caller opens the transaction. */
export function cancel(database: Database, { work, id }: RecordRef, now: number): Intervention {
  if (work === "mails") {
    const exists = findMail(database, id) !== undefined;
    return apply(database, exists ? cancelMail(readMail(database, id), now) : undefined);
  }
  const invitation = findInvitation(database, id);
  const mails = invitation?.mails.map((mail) => readMail(database, mail)) ?? [];
  return apply(database, invitation && cancelInvitation(invitation, mails, now));
}

/** The figures; those by time since then, in milliseconds UTC. */
export function summarize(database: Database, since: number): Summary {
  const oldest = (sql: string, ...values: SQLInputValue[]) =>
    database.get(sql, ...values)?.at as number | null ?? undefined;
  const sent = database.get("SELECT count(*) AS n FROM mails WHERE sent_at >= ?", since);
  return {
    ...readCounts(database),
    oldest: {
      invitations: oldest("SELECT min(received_at) AS at FROM invitations WHERE state = 'pending'"),
      mails: oldest(
        "SELECT min(queued_at) AS at FROM mails WHERE state IN ('queued', 'sending')",
      ),
    },
    limited: Object.fromEntries(
      database.all(
        `SELECT parked, count(*) AS n FROM invitations
           WHERE state = 'pending' AND parked IS NOT NULL GROUP BY parked
         UNION ALL
         SELECT parked, count(*) FROM mails
           WHERE state = 'queued' AND parked IS NOT NULL GROUP BY parked`,
      ).map(({ parked, n }) => [parked as LimitName, n as number]),
    ),
    sentSince: { at: since, count: Number(sent?.n ?? 0) },
    bouncedSince: Number(
      database.get("SELECT count(*) AS n FROM mails WHERE bounced_at >= ?", since)?.n ?? 0,
    ),
    reasons: database.all(
      `SELECT * FROM (
         SELECT 'invitations' AS work, state, reason, count(*) AS n FROM invitations
           WHERE reason IS NOT NULL AND (received_at >= ?1 OR state = 'pending') GROUP BY state, reason
         UNION ALL
         SELECT 'mails', state, reason, count(*) FROM mails
           WHERE reason IS NOT NULL AND (queued_at >= ?1 OR state IN ('queued', 'sending'))
           GROUP BY state, reason
       ) ORDER BY n DESC, work, state, reason LIMIT ?2`,
      since,
      MAX_REASONS,
    ).map((row): ReasonCount => ({
      work: row.work as Work,
      state: row.state as ReasonCount["state"],
      reason: String(row.reason),
      count: row.n as number,
    })),
  };
}

function apply(database: Database, plan: Plan | undefined): Intervention {
  if (plan === undefined) return { kind: "unknown" };
  if (typeof plan === "string") return { kind: "refused", refusal: plan };
  applyWrites(database, plan);
  return { kind: "done" };
}

// A damaged value is shown as it is: the administrator may be here because of it.
function toInvitation(database: Database, row: Row): InvitationRecord {
  const id = row.id as number;
  const state = String(row.state) as InvitationState;
  return {
    id,
    roomId: String(row.room_id),
    roomName: parseFacts(row.facts)?.room.name,
    invitee: String(row.invitee),
    inviter: String(row.inviter),
    eventId: textOf(row.event_id),
    receivedAt: Number(row.received_at),
    state,
    reason: textOf(row.reason),
    answered: row.answered === 1 || row.joined === 1,
    waiting: waitingOf(row, state === "pending", row.lease_until !== null),
    attempts: Number(row.attempts),
    mails: ids(
      database,
      "SELECT mail_id AS id FROM mail_invitations WHERE invitation_id = ? ORDER BY mail_id",
      id,
    ),
  };
}

function toMail(database: Database, row: Row): MailRecord {
  const id = row.id as number;
  const state = String(row.state) as MailState;
  return {
    id,
    userId: String(row.user_id),
    address: String(row.address),
    messageId: String(row.message_id),
    queuedAt: Number(row.queued_at),
    state,
    reason: textOf(row.reason),
    replyCode: row.last_code === null ? undefined : Number(row.last_code),
    waiting: waitingOf(row, state === "queued" || state === "sending", state === "sending"),
    attempts: Number(row.attempts),
    sentAt: row.sent_at === null ? undefined : Number(row.sent_at),
    bounce: readBounce(row),
    invitations: ids(
      database,
      "SELECT invitation_id AS id FROM mail_invitations WHERE mail_id = ? ORDER BY invitation_id",
      id,
    ),
    isOpen: ids(
      database,
      "SELECT invitation_id AS id FROM mail_invitations WHERE mail_id = ? AND open = 1",
      id,
    ).length > 0,
  };
}

function waitingOf(row: Row, waits: boolean, claimed: boolean): Waiting {
  if (!waits) return { kind: "no" };
  if (claimed) return { kind: "claimed" };
  return row.parked === null
    ? { kind: "due", at: Number(row.due_at) }
    : { kind: "parked", limit: String(row.parked) as LimitName };
}

function ids(database: Database, sql: string, id: number): readonly number[] {
  return database.all(sql, id).map((row) => row.id as number);
}

function textOf(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}
