/**
 * Decides what becomes of an invitation: pure functions of what is known, the settings and the time.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";
import type { RoomKind } from "../domain/invitation.ts";
import type { AccountState, Profile } from "../domain/profile.ts";
import { foldAscii, localpartOf, serverOf, type UserId } from "../domain/user_id.ts";
import { StoreError } from "../identity/port.ts";
import type { ClaimedInvitation, Deferral, MailedBefore, Recipient } from "../outbox/port.ts";
import { type Glob, matchesAny } from "../text/glob.ts";
import { nextAttempt, USUAL_LONGEST_PAUSE_MS } from "./retry.ts";

/** Globs that select what is mailed. */
export interface Selection {
  /** When there are any, nothing else is mailed. */
  readonly only: readonly Glob[];
  /** What is not mailed. */
  readonly except: readonly Glob[];
}

/** Who is mailed, for which invitations, and how much. */
export interface Policy {
  /** The invited, by their user IDs. */
  readonly invitees: Selection;
  /** The inviters, by their user IDs. */
  readonly inviters: Selection;
  /** The rooms, by their IDs and aliases. */
  readonly rooms: Selection;
  /** The inviters' servers, by their names in lower case. */
  readonly servers: Selection;
  /** Whether there are mails for rooms of each kind. */
  readonly kinds: Readonly<Record<RoomKind | "bridged", boolean>>;
  /** All of a person's addresses, the first one, or the first one that does not refuse the mail. */
  readonly addresses: "all" | "first" | "failover";
  /** Whether there are mails about late invitations. */
  readonly late: boolean;
  /** Whether people are told that the homeserver joined them to a room. */
  readonly added: boolean;
  /**
   * How long nobody is mailed again about a room that they were mailed about, in milliseconds;
   * `null`: they always are.
   */
  readonly repeatAfter: number | null;
}

/** The keys of the settings that select. */
export type SelectionKey = "notify" | `notify.${"inviters" | "rooms" | "servers"}`;

/** Why an invitation ends without a mail, as its history shows it. */
export type SkipReason =
  | `not in ${SelectionKey}.only`
  | `in ${SelectionKey}.except`
  | `notify.kinds.${RoomKind | "bridged"} is false`
  | "too old"
  | "joined"
  | "mailed before"
  | "no profile"
  | "no user of exactly this ID"
  | "no address"
  | Exclude<AccountState, "active">;

/** Why an invitation whose invitee joined waits. */
export const HOMESERVER_SILENT =
  "the homeserver cannot be asked whether the invitee joined by a client";

/** The invitation ends without a mail. */
export interface Skip {
  readonly kind: "skipped";
  readonly reason: SkipReason;
  /** The mail that makes another one needless. */
  readonly mailedBefore?: MailedBefore | undefined;
}

/** What the rules decide about an invitation whose invitee was looked up. */
export type Decision =
  | Skip
  /** A mail to each of these addresses, of which there is at least one. */
  | {
    readonly kind: "mail";
    readonly addresses: readonly EmailAddress[];
    /** Where that mail goes if its address refuses it for good, in order. */
    readonly failover: readonly EmailAddress[];
    readonly recipient: Recipient;
  };

/** What becomes of an invitation whose invitee could not be looked up. */
export type FailureDecision =
  | Deferral
  /** The lookup has failed for too long. */
  | { readonly kind: "failed"; readonly reason: string };

/** Applies the rules that need no profile; `undefined` when the invitee is to be looked up. */
export function decideBeforeLookup(
  { invitee, inviter, own, roomId, late, facts: { room, joinedAt } }: Pick<
    ClaimedInvitation,
    "invitee" | "inviter" | "own" | "roomId" | "late" | "facts"
  >,
  { invitees, inviters, rooms, servers, kinds, late: mailsLate, added }: Policy,
): Skip | undefined {
  const alias = room.alias === undefined ? [] : [room.alias];
  return select("notify", invitees, [invitee]) ??
    select("notify.inviters", inviters, [inviter]) ??
    select("notify.servers", servers, [foldAscii(serverOf(inviter))]) ??
    // Strangers choose the alias that their invitation names.
    select("notify.rooms", rooms, [roomId, ...alias], own ? [roomId, ...alias] : [roomId]) ??
    ([room.kind, ...room.bridged ? ["bridged"] as const : []] as const)
      .filter((kind) => !kinds[kind])
      .map((kind) => skip(`notify.kinds.${kind} is false`))[0] ??
    (late && !mailsLate ? skip("too old") : undefined) ??
    // It waited while the setting was changed.
    (joinedAt !== undefined && !added ? skip("joined") : undefined);
}

/** Skips an invitation if the invitee was mailed about the same room not long ago. */
export function decideOnRepeat(
  { mailedBefore }: Pick<ClaimedInvitation, "mailedBefore">,
  { repeatAfter }: Policy,
  now: number,
): Skip | undefined {
  if (mailedBefore === undefined || repeatAfter === null) return undefined;
  // A mail of the future was sent while the clock was ahead, and would count for years.
  const isRecent = Math.abs(now - mailedBefore.at) < repeatAfter;
  return isRecent ? { ...skip("mailed before"), mailedBefore } : undefined;
}

// Skips what is not selected by any of its names.
function select(
  key: SelectionKey,
  { only, except }: Selection,
  names: readonly string[],
  trusted = names,
): Skip | undefined {
  if (only.length > 0 && !trusted.some((name) => matchesAny(only, name))) {
    return skip(`not in ${key}.only`);
  }
  return names.some((name) => matchesAny(except, name)) ? skip(`in ${key}.except`) : undefined;
}

/**
 * Applies the rules that need the profile.
 *
 * @param profile `undefined` when no store knows the invitee.
 */
export function decideAfterLookup(
  { invitee }: Pick<ClaimedInvitation, "invitee">,
  profile: Profile | undefined,
  policy: Policy,
): Decision {
  if (profile === undefined) return skip("no profile");
  if (!isProfileOf(profile, invitee)) return skip("no user of exactly this ID");
  if (profile.state !== "active") return skip(profile.state);
  const [first, ...others] = profile.addresses;
  if (first === undefined) return skip("no address");
  return {
    kind: "mail",
    addresses: policy.addresses === "all" ? [first, ...others] : [first],
    failover: policy.addresses === "failover" ? others : [],
    recipient: recipientOf(profile),
  };
}

/**
 * Defers an invitation whose lookup failed, for five days.
 *
 * @param random A number from 0 to 1.
 * @param longestPause What its pauses grow to when the stores failed, in milliseconds.
 */
export function decideAfterFailure(
  invitation: Pick<ClaimedInvitation, "attempts" | "deferredSince">,
  error: unknown,
  now: number,
  random: number,
  longestPause: number,
): FailureDecision {
  const outage = error instanceof StoreError || undefined;
  // Other errors may have addresses in their text.
  const reason = outage ? (error as StoreError).message : "the lookup failed";
  const longest = outage ? longestPause : USUAL_LONGEST_PAUSE_MS;
  const until = nextAttempt(invitation, now, random, longest);
  if (until === undefined) return { kind: "failed", reason };
  return { kind: "deferred", reason, until, outage };
}

/** Defers an invitation for five days whose invitee joined, as the homeserver cannot be asked about it. */
export function decideWithoutKnowledge(
  invitation: Pick<ClaimedInvitation, "attempts" | "deferredSince">,
  now: number,
  random: number,
): FailureDecision {
  const until = nextAttempt(invitation, now, random, USUAL_LONGEST_PAUSE_MS);
  const reason = HOMESERVER_SILENT;
  return until === undefined ? { kind: "failed", reason } : { kind: "deferred", reason, until };
}

/**
 * Whether a profile that a store returned is that user's. To a homeserver @BOB and @bob are two
 * people, and a store that ignores case returns one profile for both.
 */
export function isProfileOf(profile: Profile, user: UserId): boolean {
  return profile.id === user || !/[A-Z]/.test(localpartOf(user));
}

function skip(reason: SkipReason): Skip {
  return { kind: "skipped", reason };
}

function recipientOf({ displayName, language, timeZone, account }: Profile): Recipient {
  return {
    name: displayName ?? "",
    language,
    timeZone,
    hasAccount: account?.exists,
  };
}
