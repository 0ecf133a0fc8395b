/**
 * Decides who needs no mail, by what the homeserver knows about them: pure functions.
 *
 * @module
 */

import type { InvitationFacts } from "../domain/invitation.ts";
import { type Unwanted, whyUnwanted } from "../identity/invite_rules.ts";
import type { KnownPerson } from "../identity/knowledge.ts";
import type { MailInvitation } from "../outbox/port.ts";
import { SECOND } from "../settings/duration.ts";

/** Why there is no mail about an invitation, as its history shows it. */
export type KnownReason =
  | (typeof UNWANTED)[Unwanted]
  | `the account is ${NonNullable<KnownPerson["barred"]>} on the homeserver`
  | "the invitee used a client meanwhile"
  | typeof JOINED_THEMSELF
  | typeof UNKNOWN_JOIN;

/** What becomes of a mail that is about to be sent. */
export type BeforeSending =
  | { readonly kind: "send" }
  /** Nothing is sent about some of its invitations. */
  | { readonly kind: "spared"; readonly invitations: readonly SparedInvitation[] }
  /** The recipient uses a client, but not yet since they were invited: they may see it now. */
  | { readonly kind: "wait"; readonly until: number };

/** An invitation that needs no mail. */
export interface SparedInvitation {
  readonly id: number;
  readonly reason: KnownReason;
}

const UNWANTED = {
  ignored: "the invitee ignores the inviter",
  blocked: "the invitee blocks such invites",
} as const;

/** Why nobody is told that they were added, where they joined by a client, or have seen it there since. */
const JOINED_THEMSELF = "the invitee used a client when they joined the room, or since";
/** The same where that cannot be found out. */
const UNKNOWN_JOIN = "the homeserver does not tell whether the invitee joined the room by a client";

/**
 * How much earlier than it was used the homeserver may say that a client was used, in milliseconds:
 * Synapse notes it every two minutes.
 */
const ACTIVITY_GRAIN_MS = 150 * SECOND;

/**
 * Why an invitee who is in the room is not told that they were added; `undefined` if they are, or were
 * not added. A client that joins is a client that is used: what joins without one is the homeserver.
 */
export function whyNotTold(
  { joinedAt }: Pick<InvitationFacts, "joinedAt">,
  { lastActive }: Pick<KnownPerson, "lastActive">,
): KnownReason | undefined {
  if (joinedAt === undefined) return undefined;
  if (lastActive === undefined) return UNKNOWN_JOIN;
  return lastActive >= joinedAt - ACTIVITY_GRAIN_MS ? JOINED_THEMSELF : undefined;
}

/** Why nobody is mailed about an invitation by that inviter; `undefined` if somebody is. */
export function whyNotMailed(
  { barred, invites }: KnownPerson,
  inviter: string,
): KnownReason | undefined {
  if (barred !== undefined) return `the account is ${barred} on the homeserver`;
  const unwanted = whyUnwanted(invites, inviter);
  return unwanted && UNWANTED[unwanted];
}

/**
 * Decides about a mail that is about to be sent.
 *
 * Whoever used a client within `activeWithin` milliseconds, and since the invitation came, has it in
 * front of them: no mail. If they used it only before, the mail waits until that is so long ago, and
 * is decided about again; so it never waits longer than that after the invitation came.
 */
export function decideBeforeSending(
  invitations: readonly (
    & Pick<MailInvitation, "id" | "inviter" | "receivedAt">
    & { readonly facts: Pick<InvitationFacts, "joinedAt"> }
  )[],
  known: KnownPerson,
  now: number,
  activeWithin: number | undefined,
): BeforeSending {
  const unwanted = invitations.flatMap(({ id, inviter, facts }) => {
    const reason = whyNotMailed(known, inviter) ?? whyNotTold(facts, known);
    return reason === undefined ? [] : [{ id, reason }];
  });
  if (unwanted.length > 0) return { kind: "spared", invitations: unwanted };
  // The homeserver's clock may be ahead.
  const lastActive = Math.min(known.lastActive ?? -Infinity, now);
  const until = lastActive + (activeWithin ?? 0);
  if (until <= now) return { kind: "send" };
  if (invitations.some(({ receivedAt }) => receivedAt > lastActive)) return { kind: "wait", until };
  const reason = "the invitee used a client meanwhile";
  return { kind: "spared", invitations: invitations.map(({ id }) => ({ id, reason })) };
}
