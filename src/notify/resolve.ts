/**
 * Turning an invitation that is due into mails: whom it is for, and where that person gets mail.
 *
 * @module
 */

import { addressKey, foldDomain } from "../domain/email_address.ts";
import type { Profile } from "../domain/profile.ts";
import { isLocal, localpartOf, parseUserId, type UserId } from "../domain/user_id.ts";
import {
  type IdentityStore,
  type NamedRoom,
  type RoomDirectory,
  StoreError,
} from "../identity/port.ts";
import type { ClaimedInvitation, InvitationOutcome, NewMail, Outbox } from "../outbox/port.ts";
import type { Limit } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { type Glob, matchesAny } from "../text/glob.ts";
import { backoff, isExpired } from "./retry.ts";
import { settleWithRetry } from "./worker.ts";

const log = openLog("resolve");

/** Who is mailed, and how much. */
export interface Policy {
  /** Globs over user IDs; when there are any, nobody else is mailed. */
  readonly only: readonly Glob[];
  /** Globs over user IDs who are not mailed. */
  readonly except: readonly Glob[];
  /** All of a person's addresses, or the first one. */
  readonly addresses: "all" | "first";
  /** How many invitations of one inviter may have mails; what is over it waits. */
  readonly perInviter: Limit | null;
}

/** What resolving needs. */
export interface ResolveOptions {
  /** Where invitations are kept. */
  readonly outbox: Pick<Outbox, "settleInvitation">;
  /** All identity stores as one. */
  readonly people: Pick<IdentityStore, "findProfile">;
  /** Where rooms have names that invites do not tell. */
  readonly rooms?: RoomDirectory;
  /** The homeserver's name. */
  readonly domain: string;
  /** Who is mailed. */
  readonly policy: Policy;
  /** The time. */
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/**
 * Looks up an invitation's people and settles it. An aborted signal gives it back untouched.
 *
 * @throws {OutboxError} When it cannot be settled before the signal is aborted.
 */
export async function resolveInvitation(
  invitation: ClaimedInvitation,
  options: ResolveOptions,
  signal: AbortSignal,
): Promise<void> {
  const { outbox, clock, policy } = options;
  log.info("invite due", { invitation: invitation.id, attempt: invitation.attempts + 1 });
  const outcome = await decide(invitation, options, signal);
  await settleWithRetry(
    async () => {
      const settled = await outbox.settleInvitation(invitation, outcome, policy.perInviter);
      logSettled(invitation, outcome, settled);
    },
    clock,
    signal,
  );
}

async function decide(
  invitation: ClaimedInvitation,
  options: ResolveOptions,
  signal: AbortSignal,
): Promise<InvitationOutcome> {
  const { people, policy } = options;
  const { invitee } = invitation;
  if (policy.only.length > 0 && !matchesAny(policy.only, invitee)) {
    return skipped("not in notify.only");
  }
  if (matchesAny(policy.except, invitee)) {
    return skipped("in notify.except");
  }
  let profile: Profile | undefined;
  try {
    profile = await people.findProfile(invitee, { signal });
  } catch (error) {
    if (signal.aborted) return { kind: "released" };
    return defer(invitation, error, options);
  }
  const reason = skipReason(profile, invitee);
  if (profile === undefined || reason !== undefined) return skipped(reason ?? "no profile");
  const inviterName = await findInviterName(invitation, options, signal);
  if (signal.aborted) return { kind: "released" };
  const room = await findRoom(invitation, options);
  return {
    kind: "resolved",
    mails: mailsFor(profile, policy.addresses),
    ...(inviterName === undefined ? {} : { inviterName }),
    ...(room === undefined ? {} : { room }),
  };
}

function skipped(reason: string): InvitationOutcome {
  return { kind: "skipped", reason };
}

function skipReason(profile: Profile | undefined, invitee: UserId): string | undefined {
  if (profile === undefined) return "no profile";
  if (!isOf(profile, invitee)) return "no user of exactly this ID";
  if (profile.state !== "active") return profile.state;
  return profile.addresses.length === 0 ? "no address" : undefined;
}

// To a homeserver @BOB and @bob are two people, and a store that ignores case answers for both.
function isOf(profile: Profile, user: UserId): boolean {
  return profile.id === user || !/[A-Z]/.test(localpartOf(user));
}

function mailsFor(profile: Profile, which: Policy["addresses"]): NewMail[] {
  const { displayName, language, timeZone, account } = profile;
  const chosen = which === "first" ? profile.addresses.slice(0, 1) : profile.addresses;
  return chosen.map((address): NewMail => ({
    address: foldDomain(address),
    addressKey: addressKey(address),
    recipient: {
      name: displayName ?? "",
      ...(language === undefined ? {} : { language }),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(account === undefined ? {} : { hasAccount: account.exists }),
    },
  }));
}

// The directory's name belongs to a local inviter of exactly this ID only: neither @alice:elsewhere
// nor @ALICE is the local alice.
// It is a courtesy, so that nothing waits for it: the event's own name will do.
async function findInviterName(
  invitation: ClaimedInvitation,
  options: ResolveOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const inviter = parseUserId(invitation.inviter);
  if (inviter === undefined || !isLocal(inviter, options.domain)) return undefined;
  try {
    const profile = await options.people.findProfile(inviter, { signal });
    return profile !== undefined && isOf(profile, inviter) ? profile.displayName : undefined;
  } catch (error) {
    log.debug("inviter lookup failed", { invitation: invitation.id, error });
    return undefined;
  }
}

// A courtesy as well: a mail without the room's name says who invites. Not for an inviter from
// elsewhere, who could name any room's ID and borrow its good name.
async function findRoom(
  invitation: ClaimedInvitation,
  { rooms, domain }: ResolveOptions,
): Promise<NamedRoom | undefined> {
  const { name, alias } = invitation.facts.room;
  if (rooms === undefined || name !== undefined || alias !== undefined) return undefined;
  if (!isLocal(invitation.inviter, domain)) return undefined;
  try {
    return await rooms.findRoom(invitation.roomId);
  } catch (error) {
    log.debug("room lookup failed", { invitation: invitation.id, error });
    return undefined;
  }
}

function defer(
  invitation: ClaimedInvitation,
  error: unknown,
  options: ResolveOptions,
): InvitationOutcome {
  const now = options.clock.now();
  const reason = error instanceof StoreError ? error.message : "the lookup failed";
  const data = { invitation: invitation.id, attempt: invitation.attempts + 1, reason };
  if (isExpired(invitation.attempts, invitation.deferredSince, now)) {
    log.error("invite failed", data);
    return { kind: "failed", reason };
  }
  const until = now + backoff(invitation.attempts, options.random());
  if (error instanceof StoreError && error.kind === "temporary") {
    log.warn("invite deferred", { ...data, until });
  } else if (error instanceof StoreError) {
    log.error("invite deferred, store error", { ...data, until });
  } else {
    log.error("invite deferred", { ...data, until, error });
  }
  return { kind: "deferred", reason, until };
}

function logSettled(
  invitation: ClaimedInvitation,
  outcome: InvitationOutcome,
  settled: Awaited<ReturnType<Outbox["settleInvitation"]>>,
): void {
  const { id } = invitation;
  if (settled.kind === "lost") {
    log.info("invite answered meanwhile", { invitation: id });
  } else if (settled.kind === "limited") {
    log.warn("invite rate-limited", { invitation: id, until: settled.until });
  } else if (settled.kind === "suppressed") {
    log.info("invite skipped", { invitation: id, reason: "suppressed", scopes: settled.scopes });
  } else if (outcome.kind === "resolved") {
    log.info("mails queued", { invitation: id, mails: settled.mails });
  } else if (outcome.kind === "skipped") {
    log.info("invite skipped", { invitation: id, reason: outcome.reason });
  }
}
