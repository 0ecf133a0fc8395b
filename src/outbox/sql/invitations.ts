/**
 * Claims and settles invitations.
 *
 * @module
 */

import { parseUserId } from "../../domain/user_id.ts";
import type { Limit } from "../../settings/duration.ts";
import { openLog } from "../../system/log_events.ts";
import type {
  Claim,
  ClaimedInvitation,
  InvitationClaimOptions,
  InvitationOutcome,
  MailedBefore,
} from "../port.ts";
import type { SharedLimit } from "../rate_limit.ts";
import {
  type HeldInvitation,
  parkInvitation,
  passEnded,
  settleInvitation,
} from "../settle_invitation.ts";
import type { InvitationSettled } from "../settled.ts";
import { parseFacts, StoredRow } from "../stored_row.ts";
import { type StopRules, suppressingScopes } from "../suppressed.ts";
import type { SuppressionScope } from "../suppressions.ts";
import { applyWrites } from "./apply.ts";
import { guardParsing, guardRow } from "./damage.ts";
import type { Engine } from "./engine.ts";
import { joinableMail, wakeGathering } from "./gathering/join.ts";
import { heldRow, lease, waitingRow } from "./leases.ts";
import { mostUndelivered } from "./leasing/due_mails.ts";
import { type DueRow, dueRows } from "./leasing/due_rows.ts";
import { isLimited, type Limits, takeSlots } from "./limits.ts";
import { servePark } from "./parked.ts";
import { answer, each, type Row, type Steps } from "./steps.ts";
import { storedSuppressions } from "./suppressions.ts";

const log = openLog("outbox");

// How many invitations above their limits one claim parks: a claim blocks everything else.
const MAX_PARKED = 20;
const CLAIMED = "id, fence, room_id, invitee, inviter, attempts, deferred_since, facts, " +
  "own, late";

/** Leases invitations that are due; the caller opens the transaction. */
export function* claimInvitations(
  database: Engine,
  count: number,
  options: InvitationClaimOptions,
  now: number,
  leaseUntil: number,
): Steps<readonly ClaimedInvitation[]> {
  const { perInviter, perServer, perRoom, ownShare = 0, maxDueMails } = options;
  const most = yield* mostUndelivered(database, maxDueMails, now);
  if (most.own <= 0) return [];
  const strangers = Math.min(options.strangers ?? count, most.strangers);
  const claimed: ClaimedInvitation[] = [];
  const tried = new Set<number>();
  // The room's last: what waits for another limit takes no slot of it.
  const limits: Limits<InvitationLimit> = [
    ["inviter", shared(perInviter, 0)],
    ["server", shared(perServer, 0)],
    ["room", shared(perRoom, ownShare)],
  ];
  const busy = new Set<number>();
  const counting = limits.flatMap(([name, limit]) => limit === null ? [] : [name]);
  let parked = 0;
  let gone = 0;
  while (claimed.length < count && parked < MAX_PARKED) {
    for (const [name, limit] of limits) {
      gone = yield* servePark(database, name, limit, now, gone);
    }
    const others = strangers - claimed.filter(({ own }) => !own).length;
    const due = yield* dueRows(
      database,
      "invitations",
      now,
      count - claimed.length,
      others,
      counting,
      busy,
    );
    if (due.every(({ id }) => tried.has(id))) break;
    for (const row of due) {
      const { id } = row;
      tried.add(id);
      const invitation = yield* guardRow(database, "invitations", id, now, function* () {
        const read = claimedInvitation(yield* waitingRow(database, "invitations", id, CLAIMED));
        const isAdmitted = yield* passLimits(database, row, limits, now);
        if (!isAdmitted) parked++;
        return isAdmitted
          ? {
            ...read,
            fence: yield* lease(database, "invitations", id, leaseUntil),
            mailedBefore: yield* mailedBefore(database, id),
          }
          : undefined;
      });
      if (invitation !== undefined) claimed.push(invitation);
    }
  }
  return claimed;
}

type InvitationLimit = "inviter" | "server" | "room";

function shared(limit: Limit | null | undefined, ownShare: number): SharedLimit | null {
  return limit ? { ...limit, ownShare } : null;
}

// Whether the limits admit the invitation; otherwise it is parked. Each limit counts all that it
// admits, whatever becomes of it: what costs something is the lookup.
function* passLimits(
  database: Engine,
  { id, own, reason }: DueRow,
  limits: Limits<InvitationLimit>,
  now: number,
): Steps<boolean> {
  const its = limits.filter(([name]) => isLimited(name, own));
  const waits = yield* takeSlots(database, { id, own }, its, now);
  if (waits === undefined) return true;
  const { name, place } = waits;
  const writes = parkInvitation({ id, reason: reason ?? undefined }, name, place, now);
  yield* applyWrites(database, writes);
  yield* wakeGathering(database, id, now);
  if (writes.length > 1) log.warn("invite rate-limited", { invitation: id, limit: name });
  return false;
}

function* mailedBefore(database: Engine, id: number): Steps<MailedBefore | undefined> {
  const row = yield* database.get(
    `SELECT earlier.id, sent_at FROM invitations AS again
       JOIN invitations AS earlier
         ON earlier.room_id = again.room_id AND earlier.invitee = again.invitee
         AND earlier.state = 'resolved' AND earlier.joined = 0 AND earlier.id < again.id
       JOIN mail_invitations ON invitation_id = earlier.id AND told = 1
       JOIN mails ON mails.id = mail_id
     WHERE again.id = ? AND again.by_hand = 0 AND sent_at IS NOT NULL
     ORDER BY sent_at DESC LIMIT 1`,
    id,
  );
  return row && { invitation: row.id as number, at: row.sent_at as number };
}

/** Requeues claimed invitations; the caller opens the transaction. */
export function* requeueInvitations(
  database: Engine,
  ids: readonly number[],
  now: number,
): Steps<void> {
  for (const id of ids) {
    yield* guardRow(database, "invitations", id, now, function* () {
      yield* applyWrites(database, [{ kind: "requeue", work: "invitations", id }]);
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
    late: row.late === 1,
    facts: stored.parsed("facts", parseFacts, "the facts of an invite"),
  };
}

/** What settling a claim depends on. */
export interface SettleOptions {
  readonly now: number;
  readonly rules: StopRules;
  /** Whether invitations join mails that wait. */
  readonly gathers: boolean;
}

interface ClaimSettled {
  readonly settled: InvitationSettled;
  readonly makesWork: boolean;
}

const LOST: ClaimSettled = { settled: { kind: "lost" }, makesWork: false };

/** Ends a claim; `makesWork` as in the settlement. The caller opens the transaction. */
export function* settleClaimedInvitation(
  database: Engine,
  claim: Claim,
  outcome: InvitationOutcome,
  options: SettleOptions,
): Steps<ClaimSettled> {
  const row = yield* heldRow(database, "invitations", claim, CLAIMED);
  const { now } = options;
  if (row === undefined) {
    yield* wakeGathering(database, claim.id, now);
    return LOST;
  }
  const parse = () => claimedInvitation(row);
  const invitation = yield* guardParsing(database, "invitations", claim.id, now, parse);
  const settled = invitation && (yield* settleHeld(database, invitation, outcome, options));
  yield* wakeGathering(database, claim.id, now);
  return settled ?? LOST;
}

function* settleHeld(
  database: Engine,
  invitation: ClaimedInvitation & HeldInvitation,
  outcome: InvitationOutcome,
  { now, rules, gathers }: SettleOptions,
): Steps<ClaimSettled> {
  const { hash, isOutside } = rules;
  const about = { ...invitation, outside: isOutside(invitation.inviter) };
  function* scopesOf(addressKey: string): Steps<readonly SuppressionScope[]> {
    const stored = yield* storedSuppressions(database, hash("address", addressKey), addressKey);
    return suppressingScopes(stored, about, hash, now);
  }
  const wanted = outcome.kind === "resolved" ? outcome.mails : [];
  const mails = yield* each(wanted, (mail) => answer(passEnded(mail), scopesOf));
  const addresses = yield* each(mails.entries(), function* ([index, { address, addressKey }]) {
    return {
      hash: hash("address", addressKey),
      suppressed: yield* scopesOf(addressKey),
      passed: mails[index] !== wanted[index],
      joinable: gathers ? yield* joinableMail(database, invitation.invitee, address) : undefined,
    };
  });
  const settled = outcome.kind === "resolved" ? { ...outcome, mails } : outcome;
  const settlement = settleInvitation(invitation, settled, { now, addresses });
  const { result, writes, makesWork } = settlement;
  const queued = yield* applyWrites(database, writes);
  return {
    settled: result.kind === "settled" ? { ...result, mails: queued } : result,
    makesWork,
  };
}
