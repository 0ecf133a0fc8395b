/**
 * Invites as a homeserver pushes them, made by hand.
 *
 * @module
 */

/** An invite of bob to a room that the event tells nothing of, with what is different this time. */
export function inviteEvent(differences: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    type: "m.room.member",
    room_id: "!plans:example.org",
    event_id: "$placeholder",
    sender: "@alice:example.org",
    state_key: "@bob:example.org",
    origin_server_ts: Date.now(),
    content: { membership: "invite", displayname: "Bob" },
    unsigned: { invite_room_state: [] },
    ...differences,
  };
}
