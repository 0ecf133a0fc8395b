/**
 * Resolves the reference in a mail's link: pure, and the same for every database.
 *
 * @module
 */

import type { InvitationFacts } from "../domain/invitation.ts";
import {
  isOf,
  isSameHash,
  type StopRules,
  type StoredSuppression,
  type Target,
} from "./suppressed.ts";
import {
  type ListedTarget,
  type MailReference,
  type MailSubject,
  STOP_SCOPES,
  type StopHash,
  type StopScope,
  type StopState,
} from "./suppressions.ts";

const NO_HASH = new Uint8Array();
// As many as a reader still finds their way among.
const MAX_LISTED = 5;

/** The row that has a reference's ID. */
export interface ReferredRow {
  readonly addressKey: string;
  readonly userId: string;
  /** The oldest first. */
  readonly invitations: readonly {
    readonly roomId: string;
    readonly inviter: string;
    /** The inviter's name in the identity stores. */
    readonly inviterName?: string | undefined;
    readonly facts: InvitationFacts;
  }[];
}

/** A mail that a reference refers to. */
export interface KnownMail {
  readonly addressKey: string;
  readonly userId: string;
  /** The room of the reference. */
  readonly room?: { readonly id: string; readonly facts: InvitationFacts["room"] } | undefined;
  /** The inviter of the reference. */
  readonly inviter?: MailSubject["inviter"];
  /** All that it was about, the oldest first. */
  readonly invitations: ReferredRow["invitations"];
}

/**
 * The mail of a reference; `undefined` if the row is missing or another mail's: a new or restored
 * database uses the same IDs again.
 */
export function knownMail(
  reference: MailReference,
  row: ReferredRow | undefined,
  hash: StopHash,
): KnownMail | undefined {
  if (row === undefined) return undefined;
  const { addressKey, userId, invitations } = row;
  if (!isSameHash(reference.address, hash("address", addressKey))) return undefined;
  const ofRoom = invitations.find(({ roomId }) => isSameHash(reference.room, hash("room", roomId)));
  const ofInviter = invitations.find(({ inviter }) =>
    isSameHash(reference.inviter, hash("inviter", inviter))
  );
  return {
    addressKey,
    userId,
    room: ofRoom && { id: ofRoom.roomId, facts: ofRoom.facts.room },
    inviter: ofInviter && inviterOf(ofInviter),
    invitations,
  };
}

function inviterOf(
  { inviter, inviterName, facts }: ReferredRow["invitations"][number],
): MailSubject["inviter"] {
  return { id: inviter, name: inviterName ?? facts.inviterName };
}

/** What a reference can stop in that scope; `undefined` if it is not about one room or inviter. */
export function targetOf(
  reference: MailReference,
  scope: StopScope,
  known: KnownMail | undefined,
): Target | undefined {
  if (scope === "all" || scope === "outside") return { scope, hash: NO_HASH };
  const hash = reference[scope];
  return hash && { scope, hash, id: known?.[scope]?.id };
}

/** What is stopped for a mail's recipient, by the suppressions of that address. */
export function stopState(
  reference: MailReference,
  known: KnownMail | undefined,
  suppressions: readonly StoredSuppression[],
  rules: StopRules,
): StopState {
  const stopped: Partial<Record<StopScope, number>> = {};
  for (const scope of STOP_SCOPES) {
    const target = targetOf(reference, scope, known);
    const since = target && stoppedSince(target, suppressions);
    if (since !== undefined) stopped[scope] = since;
  }
  return {
    about: { room: known?.room?.facts, inviter: known?.inviter },
    stopped,
    several: (["room", "inviter"] as const).flatMap((scope) =>
      reference[scope] === undefined && known !== undefined
        ? listTargets(scope, known, suppressions, rules)
        : []
    ),
  };
}

function stoppedSince(
  target: Target,
  suppressions: readonly StoredSuppression[],
): number | undefined {
  const times = suppressions.filter((stored) => isOf(stored, target)).map(({ at }) => at);
  return times.length === 0 ? undefined : Math.min(...times);
}

function listTargets(
  scope: ListedTarget["scope"],
  { invitations }: KnownMail,
  suppressions: readonly StoredSuppression[],
  { hash, isOutside }: StopRules,
): readonly ListedTarget[] {
  const byId = Map.groupBy(
    invitations,
    ({ roomId, inviter }) => scope === "room" ? roomId : inviter,
  );
  if (byId.size > MAX_LISTED) return [];
  return [...byId].flatMap(([id, [first]]) => {
    if (first === undefined) return [];
    const target = { scope, hash: hash(scope, id), id };
    return [{
      scope,
      hash: target.hash,
      ...scope === "room" ? { room: first.facts.room } : { inviter: inviterOf(first) },
      outside: isOutside(first.inviter),
      since: stoppedSince(target, suppressions),
    }];
  });
}
