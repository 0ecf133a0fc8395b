/**
 * Claiming and settling invitations in SQLite.
 *
 * @module
 */

import type { Limit } from "../domain/duration.ts";
import type { UserId } from "../domain/user_id.ts";
import { slotAfter } from "./limit.ts";
import type {
  Claim,
  ClaimedInvitation,
  InvitationOutcome,
  InvitationSettled,
  NewMail,
} from "./port.ts";
import type { Database } from "./sqlite_database.ts";
import { addTimeline } from "./sqlite_timeline.ts";

const LIMITED = "inviter limit";

/** Leases invitations that are due, inside a transaction of the caller's. */
export function claimInvitations(
  database: Database,
  count: number,
  now: number,
  leaseUntil: number,
): ClaimedInvitation[] {
  database.run(
    "UPDATE invitations SET lease_until = NULL WHERE lease_until <= ? AND state = 'pending'",
    now,
  );
  return database.all(
    `UPDATE invitations SET lease_until = ?, fence = fence + 1 WHERE id IN (
       SELECT id FROM invitations
       WHERE state = 'pending' AND lease_until IS NULL AND due_at <= ?
       ORDER BY due_at, id LIMIT ?)
     RETURNING id, fence, room_id, invitee, inviter, attempts, deferred_since, facts`,
    leaseUntil,
    now,
    count,
  ).map((row): ClaimedInvitation => ({
    id: row.id as number,
    fence: row.fence as number,
    roomId: row.room_id as string,
    invitee: row.invitee as UserId,
    inviter: row.inviter as string,
    attempts: row.attempts as number,
    ...(row.deferred_since === null ? {} : { deferredSince: row.deferred_since as number }),
    facts: JSON.parse(row.facts as string),
  }));
}

/** Ends a claim, inside a transaction of the caller's. */
export function settleInvitation(
  database: Database,
  claim: Claim,
  outcome: InvitationOutcome,
  options: {
    readonly now: number;
    readonly perInviter: Limit | null;
    readonly messageId: (mail: number) => string;
  },
): InvitationSettled {
  const { now, perInviter } = options;
  const row = database.get(
    "SELECT inviter, invitee, reason FROM invitations WHERE id = ? AND fence = ? AND state = 'pending'",
    claim.id,
    claim.fence,
  );
  if (!row) return { kind: "lost" };
  switch (outcome.kind) {
    case "released":
      database.run("UPDATE invitations SET lease_until = NULL WHERE id = ?", claim.id);
      return { kind: "settled", mails: [] };
    case "skipped":
    case "failed":
      database.run(
        "UPDATE invitations SET state = ?, reason = ?, lease_until = NULL WHERE id = ?",
        outcome.kind,
        outcome.reason,
        claim.id,
      );
      addTimeline(database, claim.id, now, outcome.kind, { reason: outcome.reason });
      return { kind: "settled", mails: [] };
    case "deferred":
      database.run(
        `UPDATE invitations SET due_at = ?, reason = ?, attempts = attempts + 1,
           deferred_since = COALESCE(deferred_since, ?), lease_until = NULL WHERE id = ?`,
        outcome.until,
        outcome.reason,
        now,
        claim.id,
      );
      addTimeline(database, claim.id, now, "deferred", {
        reason: outcome.reason,
        until: outcome.until,
      });
      return { kind: "settled", mails: [] };
    case "resolved": {
      const until = perInviter && nextSlot(database, row.inviter as string, perInviter, now);
      if (until) {
        return postpone(database, claim.id, until, now, row.reason !== LIMITED);
      }
      database.run(
        `UPDATE invitations SET state = 'resolved', reason = NULL, inviter_name = ?,
           resolved_at = ?, lease_until = NULL WHERE id = ?`,
        outcome.inviterName ?? null,
        now,
        claim.id,
      );
      const mails = outcome.mails.map((mail) =>
        queueMail(database, claim.id, row.invitee as string, mail, now, options.messageId)
      );
      addTimeline(database, claim.id, now, "resolved", { mails });
      return { kind: "settled", mails };
    }
  }
}

function nextSlot(
  database: Database,
  inviter: string,
  limit: Limit,
  now: number,
): number | undefined {
  const recent = database.all(
    "SELECT resolved_at FROM invitations WHERE inviter = ? AND resolved_at > ? " +
      "ORDER BY resolved_at DESC LIMIT ?",
    inviter,
    now - limit.per,
    limit.count,
  );
  const waiting = database.get(
    "SELECT count(*) AS n FROM invitations " +
      `WHERE inviter = ? AND state = 'pending' AND reason = '${LIMITED}' AND due_at > ?`,
    inviter,
    now,
  );
  return slotAfter(limit, recent.map((row) => row.resolved_at as number), Number(waiting?.n), now);
}

function postpone(
  database: Database,
  id: number,
  until: number,
  now: number,
  first: boolean,
): InvitationSettled {
  database.run(
    `UPDATE invitations SET due_at = ?, reason = '${LIMITED}', lease_until = NULL WHERE id = ?`,
    until,
    id,
  );
  // Once, as it may have to wait again and again.
  if (first) addTimeline(database, id, now, "limited", { reason: LIMITED, until });
  return { kind: "limited", until };
}

function queueMail(
  database: Database,
  invitation: number,
  invitee: string,
  mail: NewMail,
  now: number,
  messageId: (mail: number) => string,
): number {
  const row = database.get(
    `INSERT INTO mails (user_id, address, address_key, recipient, kind, message_id, state,
       queued_at, due_at)
     VALUES (?, ?, ?, ?, 'invite', hex(randomblob(16)), 'queued', ?, ?) RETURNING id`,
    invitee,
    mail.address,
    mail.addressKey,
    JSON.stringify(mail.recipient),
    now,
    now,
  );
  const id = row?.id as number;
  database.run("UPDATE mails SET message_id = ? WHERE id = ?", messageId(id), id);
  database.run(
    "INSERT INTO mail_invitations (mail_id, invitation_id) VALUES (?, ?)",
    id,
    invitation,
  );
  return id;
}
