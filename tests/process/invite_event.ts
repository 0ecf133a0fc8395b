/**
 * Hand-made invites, as a homeserver pushes them.
 *
 * @module
 */

/** An invite of bob without any state of the room, with these differences. */
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
