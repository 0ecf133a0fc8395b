/**
 * Looks up the names that a mail shows of its inviter and its room. Both are a courtesy: a lookup
 * that fails defers nothing, as the mail can do without.
 *
 * @module
 */

import { isLocal, parseUserId } from "../domain/user_id.ts";
import type { IdentityStore, NamedRoom, RoomDirectory } from "../identity/port.ts";
import type { ClaimedInvitation } from "../outbox/port.ts";
import { openLog } from "../system/log_events.ts";
import { isProfileOf } from "./policy.ts";

const log = openLog("resolve");

/** Where names are looked up. */
export interface DisplayNameOptions {
  /** All identity stores as one. */
  readonly people: Pick<IdentityStore, "findProfile">;
  /** Where rooms have names that their invites lack. */
  readonly rooms?: RoomDirectory | undefined;
  /** The homeserver's name. */
  readonly domain: string;
}

/**
 * The inviter's name in the identity stores. It belongs only to a local inviter of exactly that ID:
 * neither @alice:elsewhere nor @ALICE is the local alice.
 */
export async function findInviterName(
  invitation: ClaimedInvitation,
  { people, domain }: DisplayNameOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const inviter = parseUserId(invitation.inviter);
  if (inviter === undefined || !isLocal(inviter, domain)) return undefined;
  try {
    const profile = await people.findProfile(inviter, { signal });
    return profile !== undefined && isProfileOf(profile, inviter) ? profile.displayName : undefined;
  } catch (error) {
    log.debug("inviter lookup failed", { invitation: invitation.id, error });
    return undefined;
  }
}

/**
 * The room's name, where the event does not have it. Not for a remote inviter, who could name any
 * room's ID and borrow its good name.
 */
export async function findRoom(
  invitation: ClaimedInvitation,
  { rooms, domain }: DisplayNameOptions,
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
