/**
 * Claiming and settling invitations in SQLite.
 *
 * @module
 */

import type { UserId } from "../../domain/user_id.ts";
import type { Limit } from "../../settings/duration.ts";
import type {
  Claim,
  ClaimedInvitation,
  InvitationOutcome,
  InvitationSettled,
  NewMail,
} from "../port.ts";
import { slotAfter } from "../rate_limit.ts";
import type { StopHash } from "../suppressions.ts";
import type { Database, Row } from "./database.ts";
import { splitSuppressed, SUPPRESSED } from "./suppressed.ts";
import { addTimeline } from "./timeline.ts";

const LIMITED = "inviter limit";

/** Leases invitations that are due, inside a transaction of the caller's. */
export function claimInvitations(
  database: Database,
  count: number,
  now: number,
  leaseUntil: number,
): ClaimedInvitation[] {
  releaseExpiredInvitations(database, now);
  return database.all(
    `SELECT id FROM invitations WHERE state = 'pending' AND lease_until IS NULL AND due_at <= ?
     ORDER BY due_at, id LIMIT ?`,
    now,
    count,
  ).map(({ id }) => claim(database, id as number, leaseUntil));
}

/** Makes invitations claimable again whose leases end by then. */
export function releaseExpiredInvitations(database: Database, leasedUntil: number): void {
  database.run("UPDATE invitations SET lease_until = NULL WHERE lease_until <= ?", leasedUntil);
}

function claim(database: Database, id: number, leaseUntil: number): ClaimedInvitation {
  const row = database.get(
    `UPDATE invitations SET lease_until = ?, fence = fence + 1 WHERE id = ?
     RETURNING fence, room_id, invitee, inviter, attempts, deferred_since, facts`,
    leaseUntil,
    id,
  ) as Row;
  return {
    id,
    fence: row.fence as number,
    roomId: row.room_id as string,
    invitee: row.invitee as UserId,
    inviter: row.inviter as string,
    attempts: row.attempts as number,
    ...(row.deferred_since === null ? {} : { deferredSince: row.deferred_since as number }),
    facts: JSON.parse(row.facts as string),
  };
}

/** Ends a claim, inside a transaction of the caller's. */
export function settleInvitation(
  database: Database,
  claim: Claim,
  outcome: InvitationOutcome,
  options: {
    readonly now: number;
    readonly perInviter: Limit | null;
    readonly hash: StopHash;
  },
): InvitationSettled {
  const { now, perInviter } = options;
  const row = database.get(
    "SELECT invitee, room_id, inviter, reason FROM invitations " +
      "WHERE id = ? AND fence = ? AND state = 'pending' AND lease_until IS NOT NULL",
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
      end(database, claim.id, outcome.kind, outcome.reason);
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
      const about = { roomId: row.room_id as string, inviter: row.inviter as string };
      const { wanted, scopes } = splitSuppressed(database, outcome.mails, about, options.hash);
      if (wanted.length === 0 && scopes.length > 0) {
        end(database, claim.id, "skipped", SUPPRESSED);
        addTimeline(database, claim.id, now, "skipped", { reason: SUPPRESSED, scopes });
        return { kind: "suppressed", scopes };
      }
      const until = perInviter && nextSlot(database, claim.id, perInviter, now);
      if (until) {
        return postpone(database, claim.id, until, now, row.reason !== LIMITED);
      }
      database.run(
        `UPDATE invitations SET state = 'resolved', reason = NULL, inviter_name = ?,
           facts = json_patch(facts, ?), resolved_at = ?, lease_until = NULL WHERE id = ?`,
        outcome.inviterName ?? null,
        JSON.stringify({ room: outcome.room ?? {} }),
        now,
        claim.id,
      );
      if (scopes.length > 0) addTimeline(database, claim.id, now, SUPPRESSED, { scopes });
      const mails = wanted.map((mail) =>
        queueMail(database, claim.id, row.invitee as string, mail, now)
      );
      addTimeline(database, claim.id, now, "resolved", { mails });
      return { kind: "settled", mails };
    }
  }
}

function end(
  database: Database,
  id: number,
  state: "skipped" | "failed",
  reason: string,
): void {
  database.run(
    "UPDATE invitations SET state = ?, reason = ?, lease_until = NULL WHERE id = ?",
    state,
    reason,
    id,
  );
}

// The inviter is compared in the database: reading a text ends at a NUL character.
const SAME_INVITER = "inviter = (SELECT inviter FROM invitations WHERE id = ?)";

function nextSlot(
  database: Database,
  id: number,
  limit: Limit,
  now: number,
): number | undefined {
  return slotAfter(limit, {
    nthLatest: (n) =>
      database.get(
        `SELECT resolved_at AS at FROM invitations WHERE ${SAME_INVITER}
           AND resolved_at > ? AND resolved_at <= ?
         ORDER BY resolved_at DESC LIMIT 1 OFFSET ?`,
        id,
        now - limit.per,
        // What is further ahead was mailed when the clock was wrong, and would count for ever.
        now + limit.per,
        n,
      )?.at as number | undefined,
    ahead: () =>
      database.get(
        `SELECT count(*) AS n FROM invitations WHERE ${SAME_INVITER} AND id < ?
           AND state = 'pending' AND reason = '${LIMITED}'`,
        id,
        id,
      )?.n as number,
  });
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
): number {
  const row = database.get(
    `INSERT INTO mails (user_id, address, address_key, recipient, kind, message_id, state,
       queued_at, due_at)
     VALUES (?, ?, ?, ?, 'invite', ?, 'queued', ?, ?) RETURNING id`,
    invitee,
    mail.address,
    mail.addressKey,
    JSON.stringify(mail.recipient),
    mail.messageId,
    now,
    now,
  );
  const id = row?.id as number;
  database.run(
    "INSERT INTO mail_invitations (mail_id, invitation_id) VALUES (?, ?)",
    id,
    invitation,
  );
  return id;
}
