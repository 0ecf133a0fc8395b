/**
 * Reads membership events as homeservers push them (client-server API, `m.room.member`).
 *
 * No field can be trusted to be present, or to be of its type: an unusable field is a reason to skip
 * the event, never an error.
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
} from "../../domain/invitation.ts";
import { isLocal, parseUserId, type UserId } from "../../domain/user_id.ts";
import { DAY } from "../../settings/duration.ts";
import { eventAge, usableTime } from "./event_age.ts";
import { isObject, type JsonObject, readFacts } from "./invitation_facts.ts";

/** Which invites count. */
export interface MembershipRules {
  /** The homeserver's name: only its users are notified. */
  readonly domain: string;
  /** The service's own users, who get no email. */
  readonly ownUsers: ReadonlySet<string>;
  /** How old an invite may be, in milliseconds. */
  readonly maxAge: number;
  /** How old it may be while the homeserver is catching up, in milliseconds. */
  readonly catchUp: number;
}

/** What an event means for this service. */
export type Reading =
  /** An invite, or the answer to one. */
  | Change
  /** It is irrelevant here, like most events. */
  | { readonly kind: "ignored" }
  /** An invite of somebody of another homeserver. */
  | { readonly kind: "elsewhere"; readonly invitee: string }
  /** An invite from so long ago that not even that is recorded. */
  | { readonly kind: "ancient" }
  /** An invite that causes no email, or an unusable event. */
  | { readonly kind: "skipped"; readonly reason: string };

const IGNORED: Reading = { kind: "ignored" };
const MAX_ID_BYTES = 255; // Appendices, "Common Identifier Format".
// What is older has a row for the administrator only while somebody may ask for it.
const MAX_RECORDED_AGE_MS = 30 * DAY;

/**
 * Reads what an event means for this service.
 *
 * @param catchingUp Whether the homeserver is catching up after a downtime.
 */
export function readEvent(
  event: unknown,
  rules: MembershipRules,
  receivedAt: number,
  catchingUp = false,
): Reading {
  if (!isObject(event)) return skipped("not an event");
  if (event.type !== "m.room.member") return IGNORED;
  const { content, state_key: stateKey, unsigned } = event;
  if (!isObject(content)) return skipped("no content");
  if (typeof stateKey !== "string") return skipped("no state key");
  const how = howAnswered(event, content);
  if (content.membership !== "invite" && how === undefined) return IGNORED;
  // Cheap, so it comes first: most members of most rooms are users of other homeservers.
  if (!isLocal(stateKey, rules.domain)) {
    return how === undefined ? { kind: "elsewhere", invitee: stateKey } : IGNORED;
  }
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
    return { kind: "answer", answer: answerFrom(identity, invitee, how, receivedAt) };
  }
  if (rules.ownUsers.has(invitee)) return skipped("one of the service's own users");
  if (sender === stateKey) return skipped("invites themself");
  if (content.third_party_invite !== undefined && content.third_party_invite !== null) {
    return skipped("invited by email address: the identity server sends the email");
  }
  const age = eventAge(event, receivedAt) ?? 0;
  const late = age > rules.maxAge;
  if (late && !(catchingUp && age <= Math.max(rules.catchUp, MAX_RECORDED_AGE_MS))) {
    return { kind: "ancient" };
  }
  const invitation = invitationFrom(event, content, identity, invitee, receivedAt);
  if (!late) return { kind: "invite", invitation };
  return age <= rules.catchUp
    ? { kind: "invite", invitation: { ...invitation, late } }
    : { kind: "too old", invitation };
}

function skipped(reason: string): Reading {
  return { kind: "skipped", reason };
}

function howAnswered(event: JsonObject, content: JsonObject): Answer["how"] | undefined {
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

function answerFrom(
  identity: MembershipIdentity,
  invitee: UserId,
  how: Answer["how"],
  receivedAt: number,
): Answer {
  return {
    key: answerKey(identity),
    roomId: identity.roomId,
    invitee,
    how,
    originTs: identity.originTs ?? receivedAt,
  };
}

function invitationFrom(
  event: JsonObject,
  content: JsonObject,
  identity: MembershipIdentity,
  invitee: UserId,
  receivedAt: number,
): Invitation {
  const unsigned = isObject(event.unsigned) ? event.unsigned : {};
  const previous = isObject(unsigned.prev_content) ? unsigned.prev_content : {};
  return {
    key: invitationKey(identity),
    roomId: identity.roomId,
    invitee,
    inviter: storable(identity.sender),
    eventId: isIdentifier(event.event_id) ? storable(event.event_id) : undefined,
    originTs: identity.originTs ?? receivedAt,
    reinvite: previous.membership === "invite",
    facts: readFacts(content, unsigned.invite_room_state, identity.sender),
  };
}

function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed() &&
    new TextEncoder().encode(value).length <= MAX_ID_BYTES;
}

// Databases cut a text off at a NUL, or reject it. The key is derived from the original text.
function storable(identifier: string): string {
  return identifier.replaceAll("\0", "\uFFFD");
}
