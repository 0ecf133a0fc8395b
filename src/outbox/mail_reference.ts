/**
 * Resolves the reference in a mail's link: pure, and the same for every database.
 *
 * @module
 */

import type { InvitationFacts } from "../domain/invitation.ts";
import { isOf, isSameHash, type StoredSuppression, type Target } from "./suppressed.ts";
import {
  type MailReference,
  STOP_SCOPES,
  type StopHash,
  type StopScope,
  type StopState,
} from "./suppressions.ts";

const NO_HASH = new Uint8Array();

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
  readonly inviter?: { readonly id: string; readonly name?: string | undefined } | undefined;
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
    inviter: ofInviter && {
      id: ofInviter.inviter,
      name: ofInviter.inviterName ?? ofInviter.facts.inviterName,
    },
  };
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
): StopState {
  const stopped: Partial<Record<StopScope, number>> = {};
  for (const scope of STOP_SCOPES) {
    const target = targetOf(reference, scope, known);
    const since = target ? suppressions.filter((stored) => isOf(stored, target)) : [];
    if (since.length > 0) stopped[scope] = Math.min(...since.map(({ at }) => at));
  }
  return { about: { room: known?.room?.facts, inviter: known?.inviter }, stopped };
}
