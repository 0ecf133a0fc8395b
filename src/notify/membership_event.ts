/**
 * Reading membership events as homeservers push them (client-server API, `m.room.member`).
 *
 * Nothing in an event may be trusted to be there, or to be of its type: whatever cannot be used is
 * a reason to skip the event, never an error.
 *
 * @module
 */

import {
  type Answer,
  answerKey,
  type Change,
  type Invitation,
  invitationKey,
  type MembershipIdentity,
} from "../domain/invitation.ts";
import { isLocal, parseUserId, type UserId } from "../domain/user_id.ts";
import { isObject, type JsonObject, readFacts } from "./invitation_facts.ts";

/** Whose membership counts. */
export interface MembershipRules {
  /** The homeserver's name: only its users are told. */
  readonly domain: string;
  /** The service's own users, who need no mail. */
  readonly ownUsers: ReadonlySet<string>;
  /** How old an invite may be, in milliseconds. */
  readonly maxAge: number;
}

/** What an event is to this service. */
export type Reading =
  /** It changes something. */
  | Change
  /** It concerns nobody here: most events. */
  | { readonly kind: "ignored" }
  /** An invite from long ago, sent again. */
  | { readonly kind: "too old" }
  /** An invite that is not to be told of, or an event that cannot be used. */
  | { readonly kind: "skipped"; readonly reason: string };

const IGNORED: Reading = { kind: "ignored" };
const LONGEST_ID = 255; // bytes, appendices, "Common Identifier Format"

/** Tells what an event is to this service. */
export async function readEvent(
  event: unknown,
  rules: MembershipRules,
  receivedAt: number,
): Promise<Reading> {
  if (!isObject(event)) return skipped("not an event");
  if (event.type !== "m.room.member") return IGNORED;
  const { content, state_key: stateKey, unsigned } = event;
  if (!isObject(content)) return skipped("no content");
  if (typeof stateKey !== "string") return skipped("no state key");
  const how = answerOf(event, content);
  if (content.membership !== "invite" && how === undefined) return IGNORED;
  // Cheap and before everything else: most members of most rooms are somebody else's users.
  if (!isLocal(stateKey, rules.domain)) return IGNORED;
  if (isObject(unsigned) && unsigned["io.element.synapse.soft_failed"] === true) {
    return skipped("soft-failed");
  }
  const invitee = parseUserId(stateKey);
  if (invitee === undefined) return skipped("not a user ID");
  const { room_id: roomId, sender } = event;
  if (!isIdentifier(roomId) || roomId[0] !== "!" || roomId.includes("\0")) {
    return skipped("not a room ID");
  }
  if (!isIdentifier(sender)) return skipped("no sender");
  const identity = { roomId, stateKey, sender, originTs: usableTime(event.origin_server_ts) };
  if (how !== undefined) {
    return { kind: "answer", answer: await answerFrom(identity, invitee, how, receivedAt) };
  }
  if (rules.ownUsers.has(invitee)) return skipped("one of the service's own users");
  if (sender === stateKey) return skipped("invites themself");
  if (content.third_party_invite !== undefined && content.third_party_invite !== null) {
    return skipped("invited by mail address: the identity server has mailed");
  }
  if (receivedAt - (identity.originTs ?? receivedAt) > rules.maxAge) return { kind: "too old" };
  const invitation = await invitationFrom(event, content, identity, invitee, receivedAt);
  return { kind: "invite", invitation };
}

function skipped(reason: string): Reading {
  return { kind: "skipped", reason };
}

function answerOf(event: JsonObject, content: JsonObject): Answer["how"] | undefined {
  switch (content.membership) {
    case "join":
      return "joined";
    case "ban":
      return "banned";
    case "leave":
      return event.sender === event.state_key ? "declined" : "withdrawn";
    default:
      return undefined;
  }
}

async function answerFrom(
  identity: MembershipIdentity,
  invitee: UserId,
  how: Answer["how"],
  receivedAt: number,
): Promise<Answer> {
  return {
    key: await answerKey(identity),
    roomId: identity.roomId,
    invitee,
    how,
    originTs: identity.originTs ?? receivedAt,
  };
}

async function invitationFrom(
  event: JsonObject,
  content: JsonObject,
  identity: MembershipIdentity,
  invitee: UserId,
  receivedAt: number,
): Promise<Invitation> {
  const unsigned = isObject(event.unsigned) ? event.unsigned : {};
  const previous = isObject(unsigned.prev_content) ? unsigned.prev_content : {};
  return {
    key: await invitationKey(identity),
    roomId: identity.roomId,
    invitee,
    inviter: storable(identity.sender),
    ...(isIdentifier(event.event_id) ? { eventId: storable(event.event_id) } : {}),
    originTs: identity.originTs ?? receivedAt,
    reinvite: previous.membership === "invite",
    facts: readFacts(content, unsigned.invite_room_state, identity.sender),
  };
}

// Milliseconds since 1970 as a whole number that JSON and SQLite hold exactly.
function usableTime(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value as number : undefined;
}

function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed() &&
    new TextEncoder().encode(value).length <= LONGEST_ID;
}

// Databases end a text at a NUL, or refuse it. The key is made of the text as it came.
function storable(identifier: string): string {
  return identifier.replaceAll("\0", "\uFFFD");
}
