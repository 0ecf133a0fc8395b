/**
 * Counts, histories and what is open.
 *
 * @module
 */

import type { InvitationState, MailState } from "../../domain/invitation.ts";
import type { OpenInvitation } from "../port.ts";
import type { Counts, History, TimelineEntry } from "../reports.ts";
import { parseObject } from "../stored_row.ts";
import type { Engine } from "./engine.ts";
import { each, type Row, type Steps } from "./steps.ts";

/** How many invitations and mails are in each state. */
export function* readCounts(database: Engine): Steps<Counts> {
  function* byState<State extends string>(table: string): Steps<Partial<Record<State, number>>> {
    const rows = yield* database.all(`SELECT state, count(*) AS n FROM ${table} GROUP BY state`);
    return Object.fromEntries(rows.map((row) => [row.state, row.n])) as Partial<
      Record<State, number>
    >;
  }
  return {
    invitations: yield* byState<InvitationState>("invitations"),
    mails: yield* byState<MailState>("mails"),
  };
}

/** The histories of a person's invitations, the latest first. */
export function* readHistories(
  database: Engine,
  invitee: string,
  count: number,
): Steps<readonly History[]> {
  const rows = yield* database.all(
    `SELECT id, room_id, inviter, event_id, state, reason FROM invitations
     WHERE invitee = ? ORDER BY id DESC LIMIT ?`,
    invitee,
    count,
  );
  return yield* each(rows, (row) => toHistory(database, row));
}

function* toHistory(database: Engine, row: Row): Steps<History> {
  const id = row.id as number;
  const mails = yield* database.all(
    `SELECT state FROM mail_invitations JOIN mails ON mails.id = mail_id
     WHERE invitation_id = ? ORDER BY mail_id`,
    id,
  );
  return {
    invitation: id,
    roomId: row.room_id as string,
    inviter: row.inviter as string,
    eventId: row.event_id as string | null ?? undefined,
    state: row.state as InvitationState,
    reason: row.reason as string | null ?? undefined,
    mails: mails.map(({ state }) => state as MailState),
    timeline: yield* readTimeline(database, id),
  };
}

/** The open invitations with higher IDs, the oldest first. */
export function* readOpenInvitations(
  database: Engine,
  after: number,
  count: number,
): Steps<readonly OpenInvitation[]> {
  return (yield* database.all(
    `SELECT id, key, room_id, invitee, event_id FROM invitations
     WHERE answered = 0 AND state IN ('pending', 'resolved') AND id > ? ORDER BY id LIMIT ?`,
    after,
    count,
  )).map((row): OpenInvitation => ({
    id: row.id as number,
    key: row.key as string,
    roomId: row.room_id as string,
    invitee: row.invitee as string,
    eventId: row.event_id as string | null ?? undefined,
  }));
}

/** An invitation's history, the oldest entry first. */
export function* readTimeline(
  database: Engine,
  invitation: number,
): Steps<readonly TimelineEntry[]> {
  return (yield* database.all(
    "SELECT at, step, data FROM timeline WHERE invitation_id = ? ORDER BY id",
    invitation,
  )).map((entry): TimelineEntry => ({
    at: entry.at as number,
    step: String(entry.step),
    // A line that cannot be read hides no other.
    data: parseObject(entry.data) ?? { damaged: true },
  }));
}
