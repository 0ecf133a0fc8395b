/**
 * Claims and settles invitations in SQLite.
 *
 * @module
 */

import type { UserId } from "../../domain/user_id.ts";
import type { Limit } from "../../settings/duration.ts";
import type { Claim, ClaimedInvitation, InvitationOutcome, InvitationSettled } from "../port.ts";
import { type HeldInvitation, settleInvitation } from "../settle_invitation.ts";
import { suppressingScopes } from "../suppressed.ts";
import type { StopHash } from "../suppressions.ts";
import { applyWrites } from "./apply.ts";
import type { Database, Row } from "./database.ts";
import { dueRows, expiredLeases, heldRow, lease } from "./leases.ts";
import { nextSlot } from "./slots.ts";
import { storedSuppressions } from "./suppressions.ts";

const CLAIMED = "id, fence, room_id, invitee, inviter, attempts, deferred_since, facts";

/** Leases invitations that are due; the caller opens the transaction. */
export function claimInvitations(
  database: Database,
  count: number,
  now: number,
  leaseUntil: number,
): readonly ClaimedInvitation[] {
  requeueExpiredInvitations(database, now);
  return dueRows(database, "invitations", now, count).map(({ id }) =>
    claimedInvitation(lease(database, "invitations", id, leaseUntil, CLAIMED))
  );
}

/** Requeues invitations whose leases end by then; the caller opens the transaction. */
export function requeueExpiredInvitations(database: Database, by: number): void {
  for (const id of expiredLeases(database, "invitations", by)) {
    applyWrites(database, [{ kind: "requeue", work: "invitations", id }]);
  }
}

function claimedInvitation(row: Row): ClaimedInvitation {
  return {
    ...heldInvitation(row),
    fence: row.fence as number,
    roomId: row.room_id as string,
    inviter: row.inviter as string,
  };
}

function heldInvitation(row: Row) {
  return {
    id: row.id as number,
    invitee: row.invitee as UserId,
    attempts: row.attempts as number,
    deferredSince: row.deferred_since as number | null ?? undefined,
    facts: JSON.parse(row.facts as string),
  } satisfies HeldInvitation;
}

/** Ends a claim; `makesWork` as in the settlement. The caller opens the transaction. */
export function settleClaimedInvitation(
  database: Database,
  claim: Claim,
  outcome: InvitationOutcome,
  options: {
    readonly now: number;
    readonly perInviter: Limit | null;
    readonly hash: StopHash;
  },
): { readonly settled: InvitationSettled; readonly makesWork: boolean } {
  const { now, perInviter, hash } = options;
  const row = heldRow(database, "invitations", claim, `${CLAIMED}, reason`);
  if (row === undefined) return { settled: { kind: "lost" }, makesWork: false };
  const about = { roomId: row.room_id as string, inviter: row.inviter as string };
  const mails = outcome.kind === "resolved" ? outcome.mails : [];
  const addresses = mails.map(({ addressKey }) => {
    const addressHash = hash("address", addressKey);
    const stored = storedSuppressions(database, addressHash, addressKey);
    return { hash: addressHash, suppressed: suppressingScopes(stored, about, hash) };
  });
  const slot = outcome.kind === "resolved" && perInviter !== null
    ? nextSlot(database, "invitations", claim.id, perInviter, now)
    : undefined;
  const held = { ...heldInvitation(row), reason: row.reason as string | null ?? undefined };
  const settlement = settleInvitation(held, outcome, { now, addresses, slot });
  const { result, writes, makesWork } = settlement;
  const queued = applyWrites(database, writes);
  return {
    settled: result.kind === "settled" ? { ...result, mails: queued } : result,
    makesWork,
  };
}
