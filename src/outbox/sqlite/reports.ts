/**
 * Counts, histories and what is open, in SQLite.
 *
 * @module
 */

import type { InvitationState, MailState } from "../../domain/invitation.ts";
import type { OpenInvitation } from "../port.ts";
import type { Counts, History, TimelineEntry } from "../reports.ts";
import { parseObject } from "../stored_row.ts";
import type { Database } from "./database.ts";

/** How many invitations and mails are in each state. */
export function readCounts(database: Database): Counts {
  function byState<State extends string>(table: string): Partial<Record<State, number>> {
    const rows = database.all(`SELECT state, count(*) AS n FROM ${table} GROUP BY state`);
    return Object.fromEntries(rows.map((row) => [row.state, row.n])) as Partial<
      Record<State, number>
    >;
  }
  return {
    invitations: byState<InvitationState>("invitations"),
    mails: byState<MailState>("mails"),
  };
}

/** The histories of a person's invitations, the latest first. */
export function readHistories(
  database: Database,
  invitee: string,
  count: number,
): readonly History[] {
  return database.all(
    `SELECT id, room_id, inviter, event_id, state, reason FROM invitations
     WHERE invitee = ? ORDER BY id DESC LIMIT ?`,
    invitee,
    count,
  ).map((row): History => ({
    invitation: row.id as number,
    roomId: row.room_id as string,
    inviter: row.inviter as string,
    eventId: row.event_id as string | null ?? undefined,
    state: row.state as InvitationState,
    reason: row.reason as string | null ?? undefined,
    mails: database.all(
      `SELECT state FROM mail_invitations JOIN mails ON mails.id = mail_id
       WHERE invitation_id = ? ORDER BY mail_id`,
      row.id as number,
    ).map((mail) => mail.state as MailState),
    timeline: readTimeline(database, row.id as number),
  }));
}

/** The open invitations with higher IDs, the oldest first. */
export function readOpenInvitations(
  database: Database,
  after: number,
  count: number,
): readonly OpenInvitation[] {
  return database.all(
    `SELECT id, key, room_id, invitee, event_id FROM invitations
     WHERE answered = 0 AND state IN ('pending', 'resolved') AND id > ? ORDER BY id LIMIT ?`,
    after,
    count,
  ).map((row): OpenInvitation => ({
    id: row.id as number,
    key: row.key as string,
    roomId: row.room_id as string,
    invitee: row.invitee as string,
    eventId: row.event_id as string | null ?? undefined,
  }));
}

/** An invitation's history, the oldest entry first. */
export function readTimeline(database: Database, invitation: number): readonly TimelineEntry[] {
  return database.all(
    "SELECT at, step, data FROM timeline WHERE invitation_id = ? ORDER BY id",
    invitation,
  ).map((entry): TimelineEntry => ({
    at: entry.at as number,
    step: String(entry.step),
    // A line that cannot be read hides no other.
    data: parseObject(entry.data) ?? { damaged: true },
  }));
}
