/**
 * Reads single rows and figures for the administrator, and changes rows by hand.
 *
 * @module
 */

import type { InvitationState, MailState } from "../../../domain/invitation.ts";
import {
  cancelInvitation,
  cancelMail,
  type Plan,
  retryInvitation,
  retryMail,
} from "../../intervene.ts";
import type { Work } from "../../port.ts";
import type {
  Intervention,
  InvitationRecord,
  MailRecord,
  ReasonCount,
  RecordQuery,
  RecordRef,
  Standing,
  Summary,
  Waiting,
} from "../../records.ts";
import { parseFacts } from "../../stored_row.ts";
import type { StopHash } from "../../suppressions.ts";
import type { LimitName } from "../../work.ts";
import { applyWrites } from "../apply.ts";
import { readBounce } from "../bounces/note.ts";
import type { Engine } from "../engine.ts";
import { readMail } from "../read_mail.ts";
import { each, type Row, type Steps } from "../steps.ts";

const MAX_REASONS = 20;

/** The invitations that match, the latest first. */
export function* listInvitations(
  database: Engine,
  query: RecordQuery<InvitationState>,
): Steps<readonly InvitationRecord[]> {
  const rows = yield* listRows(database, "invitations", "invitee", query);
  return yield* each(rows, (row) => toInvitation(database, row));
}

/** The mails that match, the latest first. */
export function* listMails(
  database: Engine,
  query: RecordQuery<MailState>,
): Steps<readonly MailRecord[]> {
  const rows = yield* listRows(database, "mails", "user_id", query);
  return yield* each(rows, (row) => toMail(database, row));
}

/** One invitation. */
export function* findInvitation(database: Engine, id: number): Steps<InvitationRecord | undefined> {
  const row = yield* findRow(database, "invitations", id);
  return row && (yield* toInvitation(database, row));
}

/** One mail. */
export function* findMail(database: Engine, id: number): Steps<MailRecord | undefined> {
  const row = yield* findRow(database, "mails", id);
  return row && (yield* toMail(database, row));
}

function* listRows(
  database: Engine,
  work: Work,
  person: string,
  { state, user, count }: RecordQuery<string>,
): Steps<Row[]> {
  return yield* database.all(
    `SELECT * FROM ${work} WHERE (CAST(?1 AS TEXT) IS NULL OR state = ?1)
       AND (CAST(?2 AS TEXT) IS NULL OR ${person} = ?2)
     ORDER BY id DESC LIMIT ?3`,
    state ?? null,
    user ?? null,
    count,
  );
}

function* findRow(database: Engine, work: Work, id: number): Steps<Row | undefined> {
  return yield* database.get(`SELECT * FROM ${work} WHERE id = ?`, id);
}

/** Makes a row due at once; the caller opens the transaction. */
export function* retry(
  database: Engine,
  { work, id }: RecordRef,
  hash: StopHash,
  now: number,
): Steps<Intervention> {
  if (work === "invitations") {
    const invitation = yield* findInvitation(database, id);
    return yield* apply(database, invitation && retryInvitation(invitation, now));
  }
  const mail = yield* findMail(database, id);
  if (mail === undefined) return { kind: "unknown" };
  const key = (yield* database.get("SELECT address_key FROM mails WHERE id = ?", id))?.address_key;
  return yield* apply(database, retryMail(mail, hash("address", String(key)), now));
}

/** Ends a row that waits; the caller opens the transaction. */
export function* cancel(
  database: Engine,
  { work, id }: RecordRef,
  now: number,
): Steps<Intervention> {
  if (work === "mails") {
    const exists = (yield* findMail(database, id)) !== undefined;
    return yield* apply(
      database,
      exists ? cancelMail(yield* readMail(database, id), now) : undefined,
    );
  }
  const invitation = yield* findInvitation(database, id);
  const mails = yield* each(invitation?.mails ?? [], (mail) => readMail(database, mail));
  return yield* apply(database, invitation && cancelInvitation(invitation, mails, now));
}

/** The figures of what happened since then, in milliseconds UTC. */
export function* readLately(database: Engine, since: number): Steps<Omit<Summary, keyof Standing>> {
  const sent = yield* database.get("SELECT count(*) AS n FROM mails WHERE sent_at >= ?", since);
  return {
    sentSince: { at: since, count: Number(sent?.n ?? 0) },
    bouncedSince: Number(
      (yield* database.get("SELECT count(*) AS n FROM mails WHERE bounced_at >= ?", since))?.n ?? 0,
    ),
    reasons: (yield* database.all(
      `SELECT * FROM (
         SELECT 'invitations' AS work, state, reason, count(*) AS n FROM invitations
           WHERE reason IS NOT NULL AND (received_at >= ?1 OR state = 'pending') GROUP BY state, reason
         UNION ALL
         SELECT 'mails', state, reason, count(*) FROM mails
           WHERE reason IS NOT NULL AND (queued_at >= ?1 OR state IN ('queued', 'sending'))
           GROUP BY state, reason
       ) AS reasons ORDER BY n DESC, work, state, reason LIMIT ?2`,
      since,
      MAX_REASONS,
    )).map((row): ReasonCount => ({
      work: row.work as Work,
      state: row.state as ReasonCount["state"],
      reason: String(row.reason),
      count: row.n as number,
    })),
  };
}

function* apply(database: Engine, plan: Plan | undefined): Steps<Intervention> {
  if (plan === undefined) return { kind: "unknown" };
  if (typeof plan === "string") return { kind: "refused", refusal: plan };
  yield* applyWrites(database, plan);
  return { kind: "done" };
}

// A damaged value is shown as it is: the administrator may be here because of it.
function* toInvitation(database: Engine, row: Row): Steps<InvitationRecord> {
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
    mails: yield* ids(
      database,
      "SELECT mail_id AS id FROM mail_invitations WHERE invitation_id = ? ORDER BY mail_id",
      id,
    ),
  };
}

function* toMail(database: Engine, row: Row): Steps<MailRecord> {
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
    invitations: yield* ids(
      database,
      "SELECT invitation_id AS id FROM mail_invitations WHERE mail_id = ? ORDER BY invitation_id",
      id,
    ),
    isOpen: (yield* ids(
      database,
      "SELECT invitation_id AS id FROM mail_invitations WHERE mail_id = ? AND open = 1",
      id,
    )).length > 0,
  };
}

function waitingOf(row: Row, waits: boolean, claimed: boolean): Waiting {
  if (!waits) return { kind: "no" };
  if (claimed) return { kind: "claimed" };
  return row.parked === null
    ? { kind: "due", at: Number(row.due_at) }
    : { kind: "parked", limit: String(row.parked) as LimitName };
}

function* ids(database: Engine, sql: string, id: number): Steps<readonly number[]> {
  return (yield* database.all(sql, id)).map((row) => row.id as number);
}

function textOf(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}
