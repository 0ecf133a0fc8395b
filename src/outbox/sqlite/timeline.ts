/**
 * The history of invitations in SQLite.
 *
 * @module
 */

import type { InvitationState, MailState } from "../../domain/invitation.ts";
import type { History, TimelineEntry } from "../port.ts";
import type { Database } from "./database.ts";

/** Adds a line to an invitation's history. */
export function addTimeline(
  database: Database,
  invitation: number,
  at: number,
  step: string,
  data: Readonly<Record<string, unknown>>,
): void {
  database.run(
    "INSERT INTO timeline (invitation_id, at, step, data) VALUES (?, ?, ?, ?)",
    invitation,
    at,
    step,
    JSON.stringify(data),
  );
}

/** Adds the line to the history of every invitation that a mail tells of. */
export function addMailTimeline(
  database: Database,
  mail: number,
  at: number,
  step: string,
  data: Readonly<Record<string, unknown>>,
): void {
  database.run(
    `INSERT INTO timeline (invitation_id, at, step, data)
     SELECT invitation_id, ?, ?, ? FROM mail_invitations WHERE mail_id = ?`,
    at,
    step,
    JSON.stringify({ mail, ...data }),
    mail,
  );
}

/** The histories of a person's invitations, the latest first. */
export function readHistories(database: Database, invitee: string, count: number): History[] {
  return database.all(
    `SELECT id, room_id, inviter, event_id, state, reason FROM invitations
     WHERE invitee = ? ORDER BY id DESC LIMIT ?`,
    invitee,
    count,
  ).map((row): History => ({
    invitation: row.id as number,
    roomId: row.room_id as string,
    inviter: row.inviter as string,
    state: row.state as InvitationState,
    ...(row.event_id === null ? {} : { eventId: row.event_id as string }),
    ...(row.reason === null ? {} : { reason: row.reason as string }),
    mails: database.all(
      `SELECT state FROM mail_invitations JOIN mails ON mails.id = mail_id
       WHERE invitation_id = ? ORDER BY mail_id`,
      row.id as number,
    ).map((mail) => mail.state as MailState),
    timeline: database.all(
      "SELECT at, step, data FROM timeline WHERE invitation_id = ? ORDER BY id",
      row.id as number,
    ).map((entry): TimelineEntry => ({
      at: entry.at as number,
      step: entry.step as string,
      data: JSON.parse(entry.data as string),
    })),
  }));
}
