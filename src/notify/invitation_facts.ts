/**
 * What an invite event tells of its room and its inviter.
 *
 * @module
 */

import type { InvitationFacts } from "../domain/invitation.ts";

/** A JSON object whose members are of any type. */
export type JsonObject = Record<string, unknown>;

/** Whether the value is a JSON object, and not an array or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// In UTF-16 code units. What is longer is of no use in a mail, and need not be stored.
const LONGEST_NAME = 255;
const LONGEST_TEXT = 1000;

/**
 * Reads the facts from the event's content and from its `invite_room_state`, which carries what the
 * inviter's server chose to send: stripped state, full events, a part of it, or nothing.
 *
 * @param sender Whose own name is looked for: `content.displayname` is the invitee's.
 */
export function readFacts(
  content: JsonObject,
  roomState: unknown,
  sender: string,
): InvitationFacts {
  const state = new Map<string, JsonObject>();
  for (const entry of Array.isArray(roomState) ? roomState : []) {
    if (!isObject(entry) || !isObject(entry.content)) continue;
    const { type, state_key: stateKey } = entry;
    if (typeof type === "string" && typeof stateKey === "string") {
      state.set(`${type}\n${stateKey}`, entry.content);
    }
  }
  function field(type: string, name: string, stateKey = ""): unknown {
    return state.get(`${type}\n${stateKey}`)?.[name];
  }

  const name = text(field("m.room.name", "name"), LONGEST_NAME);
  const topic = text(field("m.room.topic", "topic"), LONGEST_TEXT);
  const alias = text(field("m.room.canonical_alias", "alias"), LONGEST_NAME);
  const inviterName = text(field("m.room.member", "displayname", sender), LONGEST_NAME);
  const reason = text(content.reason, LONGEST_TEXT);
  const isSpace = field("m.room.create", "type") === "m.space";
  return {
    room: {
      kind: isSpace ? "space" : content.is_direct === true ? "direct" : "room",
      ...(name === undefined ? {} : { name }),
      ...(topic === undefined ? {} : { topic }),
      ...(alias === undefined ? {} : { alias }),
      encrypted: typeof field("m.room.encryption", "algorithm") === "string",
    },
    ...(inviterName === undefined ? {} : { inviterName }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function text(value: unknown, longest: number): string | undefined {
  if (typeof value !== "string") return undefined;
  // A cut through a surrogate pair leaves a half, which toWellFormed replaces.
  const cut = value.slice(0, longest).toWellFormed().trim();
  return cut === "" ? undefined : cut;
}
