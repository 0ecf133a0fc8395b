/**
 * Claims and settles invitations in SQLite.
 *
 * @module
 */

import { parseUserId } from "../../domain/user_id.ts";
import type { Limit } from "../../settings/duration.ts";
import type {
  Claim,
  ClaimedInvitation,
  InvitationClaimOptions,
  InvitationOutcome,
} from "../port.ts";
import { type HeldInvitation, settleInvitation } from "../settle_invitation.ts";
import type { InvitationSettled } from "../settled.ts";
import { parseFacts, StoredRow } from "../stored_row.ts";
import { type StopRules, suppressingScopes } from "../suppressed.ts";
import { applyWrites } from "./apply.ts";
import { guardRow } from "./damage.ts";
import type { Database, Row } from "./database.ts";
import { dueRows, expiredLeases, heldRow, lease, waitingRow } from "./leases.ts";
import { nextSlot } from "./slots.ts";
import { storedSuppressions } from "./suppressions.ts";

const CLAIMED = "id, fence, room_id, invitee, inviter, attempts, deferred_since, facts, " +
  "own";

/** Leases invitations that are due; the caller opens the transaction. */
export function claimInvitations(
  database: Database,
  count: number,
  { strangers = count }: InvitationClaimOptions,
  now: number,
  leaseUntil: number,
): readonly ClaimedInvitation[] {
  requeueExpiredInvitations(database, now, now);
  const claimed: ClaimedInvitation[] = [];
  const tried = new Set<number>();
  while (claimed.length < count) {
    const others = strangers - claimed.filter(({ own }) => !own).length;
    const due = dueRows(database, "invitations", now, count - claimed.length, others);
    if (due.every(({ id }) => tried.has(id))) break;
    for (const { id } of due) {
      tried.add(id);
      const invitation = guardRow(database, "invitations", id, now, () => {
        const read = claimedInvitation(waitingRow(database, "invitations", id, CLAIMED));
        return { ...read, fence: lease(database, "invitations", id, leaseUntil) };
      });
      if (invitation !== undefined) claimed.push(invitation);
    }
  }
  return claimed;
}

/** Requeues invitations whose leases end by then; the caller opens the transaction. */
export function requeueExpiredInvitations(database: Database, by: number, now: number): void {
  for (const id of expiredLeases(database, "invitations", by)) {
    guardRow(database, "invitations", id, now, () => {
      applyWrites(database, [{ kind: "requeue", work: "invitations", id }]);
    });
  }
}

function claimedInvitation(row: Row): ClaimedInvitation {
  const id = row.id as number;
  const stored = new StoredRow("invitations", id, row);
  return {
    id,
    fence: stored.count("fence"),
    roomId: stored.text("room_id"),
    invitee: stored.parsed("invitee", parseUserId, "a user ID"),
    inviter: stored.text("inviter"),
    own: row.own === 1,
    attempts: stored.count("attempts"),
    deferredSince: stored.timeOrNull("deferred_since"),
    facts: stored.parsed("facts", parseFacts, "the facts of an invite"),
  };
}

/** What settling a claim depends on. */
export interface SettleOptions {
  readonly now: number;
  readonly perInviter: Limit | null;
  readonly rules: StopRules;
}

interface ClaimSettled {
  readonly settled: InvitationSettled;
  readonly makesWork: boolean;
}

const LOST: ClaimSettled = { settled: { kind: "lost" }, makesWork: false };

/** Ends a claim; `makesWork` as in the settlement. The caller opens the transaction. */
export function settleClaimedInvitation(
  database: Database,
  claim: Claim,
  outcome: InvitationOutcome,
  options: SettleOptions,
): ClaimSettled {
  const row = heldRow(database, "invitations", claim, `${CLAIMED}, reason`);
  if (row === undefined) return LOST;
  const { now } = options;
  const invitation = guardRow(database, "invitations", claim.id, now, () => claimedInvitation(row));
  if (invitation === undefined) return LOST;
  const reason = row.reason as string | null ?? undefined;
  return settleHeld(database, { ...invitation, reason }, outcome, options);
}

function settleHeld(
  database: Database,
  invitation: ClaimedInvitation & HeldInvitation,
  outcome: InvitationOutcome,
  { now, perInviter, rules }: SettleOptions,
): ClaimSettled {
  const { hash, isOutside } = rules;
  const about = { ...invitation, outside: isOutside(invitation.inviter) };
  const mails = outcome.kind === "resolved" ? outcome.mails : [];
  const addresses = mails.map(({ addressKey }) => {
    const addressHash = hash("address", addressKey);
    const stored = storedSuppressions(database, addressHash, addressKey);
    return { hash: addressHash, suppressed: suppressingScopes(stored, about, hash) };
  });
  const slot = outcome.kind === "resolved" && perInviter !== null
    ? nextSlot(database, "invitations", invitation.id, perInviter, now)
    : undefined;
  const settlement = settleInvitation(invitation, outcome, { now, addresses, slot });
  const { result, writes, makesWork } = settlement;
  const queued = applyWrites(database, writes);
  return {
    settled: result.kind === "settled" ? { ...result, mails: queued } : result,
    makesWork,
  };
}
