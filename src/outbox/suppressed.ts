/**
 * Decides which suppressions apply to an invitation: pure, and the same for every database.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  STOP_SCOPES,
  type StopHash,
  type StopScope,
  type SuppressionScope,
} from "./suppressions.ts";

/** The reason of invitations and mails that end because their recipient stopped them. */
export const SUPPRESSED = "suppressed";

/** The reason of those that end because earlier mails to the address came back. */
export const BOUNCED = "bounced";

/** The reason of what ends because of these scopes. */
export function reasonOf(scopes: readonly SuppressionScope[]): string {
  return isBounced(scopes) ? BOUNCED : SUPPRESSED;
}

/** Whether bounces, and no choice of the recipient's, keep mails from an address. */
export function isBounced(scopes: readonly SuppressionScope[]): boolean {
  return scopes.length > 0 && scopes.every((scope) => scope === "bounce");
}

/** A suppression, as far as the rules need it. */
export interface StoredSuppression {
  readonly id: number;
  /** A {@linkcode SuppressionScope}. */
  readonly scope: string;
  readonly targetHash: Uint8Array;
  /** The room's or inviter's ID, where it was known. */
  readonly target?: string | undefined;
  /** Since when, in milliseconds UTC. */
  readonly at: number;
  /** When a bounce ends, in milliseconds UTC. */
  readonly until?: number | undefined;
}

/** A room or an inviter, or neither for the scopes `all` and `outside`. */
export interface Target {
  readonly scope: StopScope;
  readonly hash: Uint8Array;
  readonly id?: string | undefined;
}

/** What decides whether an invitation is suppressed. */
export interface AboutInvitation {
  readonly roomId: string;
  readonly inviter: string;
  /** Whether the inviter is from another server. */
  readonly outside?: boolean | undefined;
}

/** The scopes in which an address's suppressions keep an invitation from it. */
export function suppressingScopes(
  suppressions: readonly StoredSuppression[],
  about: AboutInvitation,
  hash: StopHash,
  now: number,
): readonly SuppressionScope[] {
  if (suppressions.length === 0) return [];
  const hasBounced = suppressions.some(({ scope, until = 0 }) => scope === "bounce" && until > now);
  const chosen = STOP_SCOPES.filter((scope) => {
    if (scope === "outside" && about.outside !== true) return false;
    if (scope === "all" || scope === "outside") {
      return suppressions.some((stored) => stored.scope === scope);
    }
    const id = scope === "room" ? about.roomId : about.inviter;
    return suppressions.some((stored) => isOf(stored, { scope, hash: hash(scope, id), id }));
  });
  return hasBounced ? [...chosen, "bounce"] : chosen;
}

/** What an outbox needs to know to apply suppressions. */
export interface StopRules {
  readonly hash: StopHash;
  /** Whether an inviter is from another server. */
  readonly isOutside: (inviter: string) => boolean;
}

/**
 * Whether a suppression is for that target. The ID counts as well: it outlives a changed secret.
 */
export function isOf(stored: StoredSuppression, { scope, hash, id }: Target): boolean {
  return stored.scope === scope &&
    (isSameHash(stored.targetHash, hash) || (id !== undefined && stored.target === id));
}

/**
 * Whether both are present and equal. Not in constant time: the holder of a link has its hashes.
 */
export function isSameHash(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}
