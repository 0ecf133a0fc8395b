/**
 * Records a transaction's changes in SQLite.
 *
 * @module
 */

import type { Change } from "../../domain/invitation.ts";
import { foldAscii, isLocal, serverOf } from "../../domain/user_id.ts";
import { joinLater, keepJoined } from "../cancel.ts";
import {
  type BodyIndex,
  fold,
  type InvitationRef,
  type OpenInvitation,
  type PastInvitation,
  type Step,
} from "../fold.ts";
import type { Recorded, RecordOptions } from "../port.ts";
import { TOO_OLD } from "../settle_invitation.ts";
import { parseFacts, StoredRow } from "../stored_row.ts";
import { applyWrites } from "./apply.ts";
import { closeOpenInvitation } from "./cancel.ts";
import { guardRow } from "./damage.ts";
import type { Database } from "./database.ts";

/** What a slice of a body is recorded with. */
export interface SliceOptions extends RecordOptions {
  readonly body: BodyIndex;
  /** Where the slice begins in the body. */
  readonly offset: number;
}

/** Records a slice of a body; the caller opens the transaction. */
export function recordChanges(
  database: Database,
  changes: readonly Change[],
  options: SliceOptions & {
    readonly keepKeysUntil: number;
    readonly domain: string;
  },
): readonly Recorded[] {
  const { receivedAt, catchingUp, source } = options;
  const steps = fold(
    changes,
    {
      seenKeys: seenAmong(database, changes),
      open: openPairs(database, changes),
      past: pastOfJoins(database, changes),
    },
    options.dueAt,
    options,
  );
  const inserted = new Map<number, number>();

  function idOf(ref: InvitationRef): number {
    return "id" in ref ? ref.id : inserted.get(ref.inserted) ?? -1;
  }
  function addLine(invitation: number, step: string, data: Record<string, unknown>): void {
    const of = { invitation };
    applyWrites(database, [{ kind: "add timeline", of, at: receivedAt, step, data }]);
  }
  function remember(key: string): void {
    database.run("INSERT INTO seen VALUES (?, ?)", key, options.keepKeysUntil);
  }

  return steps.map((step, index): Recorded => {
    switch (step.kind) {
      case "known":
        return { kind: "known" };
      case "merge": {
        const invitation = idOf(step.into);
        remember(step.invitation.key);
        const { inviter, eventId } = step.invitation;
        addLine(invitation, "merged", { inviter, eventId, source });
        return { kind: "merged", invitation };
      }
      case "close": {
        remember(step.answer.key);
        for (const ref of step.joined) applyWrites(database, joinLater(idOf(ref), receivedAt));
        const kept = step.kept.map(({ ref }) => idOf(ref));
        for (const [at, id] of kept.entries()) {
          const { dueAt = receivedAt } = step.kept[at] ?? {};
          keepOpen(database, id, step.answer.originTs, dueAt, receivedAt);
        }
        if (step.closed.length === 0) {
          return kept.length === 0 ? { kind: "known" } : { kind: "joined", invitations: kept };
        }
        const invitations = step.closed.map(idOf);
        const cancelledMails = invitations.reduce(
          (sum, id) => sum + closeOpenInvitation(database, id, step.answer.how, receivedAt, source),
          0,
        );
        return { kind: "answered", invitations, cancelledMails };
      }
      case "end": {
        remember(step.invitation.key);
        const { eventId } = step.invitation;
        const ended = { invitation: step.invitation, dueAt: receivedAt };
        const invitation = insert(database, ended, receivedAt, options.domain);
        addLine(invitation, "seen", { eventId, catchingUp });
        const end = { kind: "end invitation", id: invitation, state: "skipped" } as const;
        applyWrites(database, [{ ...end, reason: TOO_OLD }]);
        addLine(invitation, "skipped", { reason: TOO_OLD });
        return { kind: "too old", invitation };
      }
      case "insert": {
        const superseded = step.superseded.map(idOf);
        for (const id of superseded) {
          closeOpenInvitation(database, id, "superseded", receivedAt);
        }
        remember(step.invitation.key);
        const invitation = insert(database, step, receivedAt, options.domain);
        const { eventId, late } = step.invitation;
        addLine(invitation, "seen", { eventId, dueAt: step.dueAt, catchingUp, late, source });
        inserted.set(index, invitation);
        return { kind: "seen", invitation, dueAt: step.dueAt, replaces: superseded.at(-1) };
      }
    }
  });
}

/** Deletes keys that are older than the age limit; returns how many. */
export function pruneKeys(database: Database, now: number, most: number): number {
  return database.run(
    "DELETE FROM seen WHERE key IN (SELECT key FROM seen WHERE until < ? ORDER BY until LIMIT ?)",
    now,
    most,
  );
}

/** Since when the homeserver is catching up, in milliseconds UTC; `undefined` if it is not. */
export function readCatchingUp(database: Database): number | undefined {
  const row = database.get(
    "SELECT CAST(CAST(value AS TEXT) AS INTEGER) AS since FROM meta WHERE key = 'catching up'",
  );
  return typeof row?.since === "number" ? row.since : undefined;
}

/** Stores that; the caller opens the transaction. */
export function storeCatchingUp(database: Database, since: number | undefined): void {
  database.run("DELETE FROM meta WHERE key = 'catching up'");
  if (since === undefined) return;
  database.run("INSERT INTO meta VALUES ('catching up', CAST(? AS BLOB))", String(since));
}

function seenAmong(database: Database, changes: readonly Change[]): Set<string> {
  const keys = changes.map((change) =>
    change.kind === "answer" ? change.answer.key : change.invitation.key
  );
  // A row may outlive its key in `seen`.
  const rows = database.all(
    `SELECT key FROM seen WHERE key IN (SELECT value FROM json_each(?1))
     UNION ALL SELECT key FROM invitations WHERE key IN (SELECT value FROM json_each(?1))`,
    JSON.stringify(keys),
  );
  return new Set(rows.map((row) => row.key as string));
}

function openPairs(database: Database, changes: readonly Change[]): OpenInvitation[] {
  const pairs = new Map(changes.map((change) => {
    const { roomId, invitee } = change.kind === "answer" ? change.answer : change.invitation;
    return [`${roomId}\n${invitee}`, [roomId, invitee] as const];
  }));
  return [...pairs.values()].flatMap(([roomId, invitee]) =>
    database.all(
      `SELECT id, key, due_at, CASE
         WHEN state = 'pending' THEN 'pending'
         WHEN EXISTS (SELECT 1 FROM mail_invitations JOIN mails ON mails.id = mail_id
           WHERE invitation_id = invitations.id AND mails.state IN ('queued', 'sending', 'sent'))
         THEN 'mailed' ELSE 'undeliverable' END AS state
       FROM invitations
       WHERE room_id = ? AND invitee = ? AND answered = 0 AND state IN ('pending', 'resolved')
       ORDER BY id`,
      roomId,
      invitee,
    ).map((row): OpenInvitation => ({
      id: row.id as number,
      key: row.key as string,
      roomId,
      invitee,
      state: row.state as OpenInvitation["state"],
      dueAt: row.due_at as number,
    }))
  );
}

function pastOfJoins(database: Database, changes: readonly Change[]): PastInvitation[] {
  const joins = new Map(changes.flatMap((change) => {
    if (change.kind !== "answer" || change.answer.how !== "joined") return [];
    const { roomId, invitee } = change.answer;
    return [[`${roomId}\n${invitee}`, [roomId, invitee] as const]];
  }));
  return [...joins.values()].flatMap(([roomId, invitee]) =>
    database.all(
      `SELECT id, key FROM invitations
       WHERE room_id = ? AND invitee = ? AND state = 'resolved' AND joined = 0 AND answered = 1`,
      roomId,
      invitee,
    ).map(({ id, key }) => ({ id: id as number, key: key as string, roomId, invitee }))
  );
}

function keepOpen(
  database: Database,
  id: number,
  joinedAt: number,
  dueAt: number,
  at: number,
): void {
  guardRow(database, "invitations", id, at, () => {
    const row = database.get("SELECT facts FROM invitations WHERE id = ?", id);
    const stored = new StoredRow("invitations", id, row ?? {});
    const facts = stored.parsed("facts", parseFacts, "the facts of an invite");
    applyWrites(database, keepJoined({ id, facts }, joinedAt, dueAt, at));
  });
}

function insert(
  database: Database,
  step: Pick<Step & { readonly kind: "insert" }, "invitation" | "dueAt">,
  receivedAt: number,
  domain: string,
): number {
  const { invitation, dueAt } = step;
  const row = database.get(
    `INSERT INTO invitations
       (key, room_id, invitee, inviter, server, own, event_id, origin_ts, received_at, late, facts,
        state, due_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) RETURNING id`,
    invitation.key,
    invitation.roomId,
    invitation.invitee,
    invitation.inviter,
    foldAscii(serverOf(invitation.inviter)),
    isLocal(invitation.inviter, domain) ? 1 : 0,
    invitation.eventId ?? null,
    invitation.originTs,
    receivedAt,
    invitation.late ? 1 : 0,
    JSON.stringify(invitation.facts),
    dueAt,
  );
  return row?.id as number;
}
