/**
 * Reads what an invite event says about its room and its inviter.
 *
 * @module
 */

import type { InvitationFacts } from "../../domain/invitation.ts";

/** A JSON object with members of any type. */
export type JsonObject = Record<string, unknown>;

/** Whether the value is a JSON object, and not an array or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// In UTF-16 code units. Longer texts are useless in a mail, and need not be stored.
const MAX_NAME_CHARS = 255;
const MAX_TEXT_CHARS = 1000;

// State by which bridges name the network and the channel (MSC2346), and its earlier name. An empty
// one says that there is none any more.
const BRIDGE_TYPES: readonly unknown[] = ["m.bridge", "uk.half-shot.bridge"];

/**
 * Reads the facts from the event's content and from its `invite_room_state`, which holds what the
 * inviter's server chose to send: stripped state, full events, a part of them, or nothing.
 *
 * @param sender The inviter, whose name is read from the room state: `content.displayname` is the
 * invitee's.
 */
export function readFacts(
  content: JsonObject,
  roomState: unknown,
  sender: string,
): InvitationFacts {
  const state = new Map<string, JsonObject>();
  let bridged: true | undefined;
  for (const entry of Array.isArray(roomState) ? roomState : []) {
    if (!isObject(entry) || !isObject(entry.content)) continue;
    const { type, state_key: stateKey } = entry;
    if (BRIDGE_TYPES.includes(type) && Object.keys(entry.content).length > 0) bridged = true;
    if (typeof type === "string" && typeof stateKey === "string") {
      state.set(`${type}\n${stateKey}`, entry.content);
    }
  }
  function field(type: string, name: string, stateKey = ""): unknown {
    return state.get(`${type}\n${stateKey}`)?.[name];
  }

  const name = text(field("m.room.name", "name"), MAX_NAME_CHARS);
  const topic = text(field("m.room.topic", "topic"), MAX_TEXT_CHARS);
  const alias = text(field("m.room.canonical_alias", "alias"), MAX_NAME_CHARS);
  const inviterName = text(field("m.room.member", "displayname", sender), MAX_NAME_CHARS);
  const reason = text(content.reason, MAX_TEXT_CHARS);
  const isSpace = field("m.room.create", "type") === "m.space";
  return {
    room: {
      kind: isSpace ? "space" : content.is_direct === true ? "direct" : "room",
      name,
      topic,
      alias,
      encrypted: typeof field("m.room.encryption", "algorithm") === "string",
      bridged,
    },
    inviterName,
    reason,
  };
}

function text(value: unknown, maxChars: number): string | undefined {
  if (typeof value !== "string") return undefined;
  // A cut through a surrogate pair leaves half of it, which toWellFormed replaces.
  const cut = value.slice(0, maxChars).toWellFormed().trim();
  return cut === "" ? undefined : cut;
}
