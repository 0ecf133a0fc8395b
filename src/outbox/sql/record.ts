/**
 * Records a transaction's changes.
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
import type { Scope } from "./access.ts";
import { applyWrites } from "./apply.ts";
import { closeOpenInvitation } from "./cancel.ts";
import { guardRow } from "./damage.ts";
import type { Engine } from "./engine.ts";
import { each, type Steps } from "./steps.ts";

/** What a slice of a body is recorded with. */
export interface SliceOptions extends RecordOptions {
  readonly body: BodyIndex;
  /** Where the slice begins in the body. */
  readonly offset: number;
}

/** Records a slice of a body; the caller opens the transaction. */
export function* recordChanges(
  database: Engine,
  changes: readonly Change[],
  options: SliceOptions & {
    readonly keepKeysUntil: number;
    readonly domain: string;
  },
): Steps<readonly Recorded[]> {
  const { receivedAt, catchingUp, source } = options;
  const steps = fold(
    changes,
    {
      seenKeys: yield* seenAmong(database, changes),
      open: yield* openPairs(database, changes),
      past: yield* pastOfJoins(database, changes),
    },
    options.dueAt,
    options,
  );
  const inserted = new Map<number, number>();

  function idOf(ref: InvitationRef): number {
    return "id" in ref ? ref.id : inserted.get(ref.inserted) ?? -1;
  }
  function* addLine(invitation: number, step: string, data: Record<string, unknown>): Steps<void> {
    const of = { invitation };
    yield* applyWrites(database, [{ kind: "add timeline", of, at: receivedAt, step, data }]);
  }
  function* remember(key: string): Steps<void> {
    yield* database.run("INSERT INTO seen (key, until) VALUES (?, ?)", key, options.keepKeysUntil);
  }

  function* recordStep(step: Step, index: number): Steps<Recorded> {
    switch (step.kind) {
      case "known":
        return { kind: "known" };
      case "merge": {
        const invitation = idOf(step.into);
        yield* remember(step.invitation.key);
        const { inviter, eventId } = step.invitation;
        yield* addLine(invitation, "merged", { inviter, eventId, source });
        return { kind: "merged", invitation };
      }
      case "close": {
        yield* remember(step.answer.key);
        for (const ref of step.joined) {
          yield* applyWrites(database, joinLater(idOf(ref), receivedAt));
        }
        const kept: number[] = [];
        for (const { ref, dueAt } of step.kept) {
          const id = idOf(ref);
          yield* keepOpen(database, id, step.answer.originTs, dueAt, receivedAt);
          kept.push(id);
        }
        if (step.closed.length === 0) {
          return kept.length === 0 ? { kind: "known" } : { kind: "joined", invitations: kept };
        }
        const invitations = step.closed.map(idOf);
        let cancelledMails = 0;
        for (const id of invitations) {
          const { how } = step.answer;
          cancelledMails += yield* closeOpenInvitation(database, id, how, receivedAt, source);
        }
        return { kind: "answered", invitations, cancelledMails };
      }
      case "end": {
        yield* remember(step.invitation.key);
        const { eventId } = step.invitation;
        const ended = { invitation: step.invitation, dueAt: receivedAt };
        const invitation = yield* insert(database, ended, receivedAt, options.domain);
        yield* addLine(invitation, "seen", { eventId, catchingUp });
        const end = { kind: "end invitation", id: invitation, state: "skipped" } as const;
        yield* applyWrites(database, [{ ...end, reason: TOO_OLD }]);
        yield* addLine(invitation, "skipped", { reason: TOO_OLD });
        return { kind: "too old", invitation };
      }
      case "insert": {
        const superseded = step.superseded.map(idOf);
        for (const id of superseded) {
          yield* closeOpenInvitation(database, id, "superseded", receivedAt);
        }
        yield* remember(step.invitation.key);
        const invitation = yield* insert(database, step, receivedAt, options.domain);
        const { eventId, late } = step.invitation;
        yield* addLine(invitation, "seen", {
          eventId,
          dueAt: step.dueAt,
          catchingUp,
          late,
          source,
        });
        inserted.set(index, invitation);
        return { kind: "seen", invitation, dueAt: step.dueAt, replaces: superseded.at(-1) };
      }
    }
  }

  const recorded: Recorded[] = [];
  for (const [index, step] of steps.entries()) recorded.push(yield* recordStep(step, index));
  return recorded;
}

/** Deletes keys that are older than the age limit; returns how many. */
export function* pruneKeys(database: Engine, now: number, most: number): Steps<number> {
  return yield* database.run(
    "DELETE FROM seen WHERE key IN (SELECT key FROM seen WHERE until < ? ORDER BY until LIMIT ?)",
    now,
    most,
  );
}

/** What recording these changes may write. */
export function scopeOf(changes: readonly Change[]): Scope {
  return {
    kind: "people",
    people: changes.map(inviteeOf),
    isAwaited: true,
    addsAwaited: changes.some(({ kind }) => kind !== "answer"),
  };
}

function inviteeOf(change: Change): string {
  return change.kind === "answer" ? change.answer.invitee : change.invitation.invitee;
}

function* seenAmong(database: Engine, changes: readonly Change[]): Steps<Set<string>> {
  const keys = changes.map((change) =>
    change.kind === "answer" ? change.answer.key : change.invitation.key
  );
  const listed = database.dialect.textsIn("?1");
  // A row may outlive its key in `seen`.
  const rows = yield* database.all(
    `SELECT key FROM seen WHERE key IN (${listed})
     UNION ALL SELECT key FROM invitations WHERE key IN (${listed})`,
    JSON.stringify(keys),
  );
  return new Set(rows.map((row) => row.key as string));
}

function* openPairs(database: Engine, changes: readonly Change[]): Steps<OpenInvitation[]> {
  const pairs = new Map(changes.map((change) => {
    const { roomId, invitee } = change.kind === "answer" ? change.answer : change.invitation;
    return [`${roomId}\n${invitee}`, [roomId, invitee] as const];
  }));
  const rows = yield* each(pairs.values(), function* ([roomId, invitee]) {
    const open = yield* database.all(
      `SELECT id, key, due_at, joined, CASE
         WHEN state = 'pending' THEN 'pending'
         WHEN EXISTS (SELECT 1 FROM mail_invitations JOIN mails ON mails.id = mail_id
           WHERE invitation_id = invitations.id AND mails.state IN ('queued', 'sending', 'sent'))
         THEN 'mailed' ELSE 'undeliverable' END AS state
       FROM invitations
       WHERE room_id = ? AND invitee = ? AND answered = 0 AND state IN ('pending', 'resolved')
       ORDER BY id`,
      roomId,
      invitee,
    );
    return open.map((row): OpenInvitation => ({
      id: row.id as number,
      key: row.key as string,
      roomId,
      invitee,
      state: row.state as OpenInvitation["state"],
      dueAt: row.due_at as number,
      joined: row.joined === 1,
    }));
  });
  return rows.flat();
}

function* pastOfJoins(database: Engine, changes: readonly Change[]): Steps<PastInvitation[]> {
  const joins = new Map(changes.flatMap((change) => {
    if (change.kind !== "answer" || change.answer.how !== "joined") return [];
    const { roomId, invitee } = change.answer;
    return [[`${roomId}\n${invitee}`, [roomId, invitee] as const]];
  }));
  const rows = yield* each(joins.values(), function* ([roomId, invitee]) {
    const past = yield* database.all(
      `SELECT id, key FROM invitations
       WHERE room_id = ? AND invitee = ? AND state = 'resolved' AND joined = 0 AND answered = 1`,
      roomId,
      invitee,
    );
    return past.map(({ id, key }): PastInvitation => ({
      id: id as number,
      key: key as string,
      roomId,
      invitee,
    }));
  });
  return rows.flat();
}

function* keepOpen(
  database: Engine,
  id: number,
  joinedAt: number,
  dueAt: number,
  at: number,
): Steps<void> {
  yield* guardRow(database, "invitations", id, at, function* () {
    const row = yield* database.get("SELECT facts FROM invitations WHERE id = ?", id);
    const stored = new StoredRow("invitations", id, row ?? {});
    const facts = stored.parsed("facts", parseFacts, "the facts of an invite");
    yield* applyWrites(database, keepJoined({ id, facts }, joinedAt, dueAt, at));
  });
}

function* insert(
  database: Engine,
  step: Pick<Step & { readonly kind: "insert" }, "invitation" | "dueAt">,
  receivedAt: number,
  domain: string,
): Steps<number> {
  const { invitation, dueAt } = step;
  const row = yield* database.get(
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
