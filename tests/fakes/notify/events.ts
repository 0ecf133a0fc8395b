/** Events as homeservers push them: one function for each shape that was seen. */

type Json = Record<string, unknown>;

/** When the events say they were made, in milliseconds UTC: a minute before the fake clock. */
export const MADE_AT = Date.UTC(2027, 0, 4, 9, 29);

export const ROOM = "!plans:example.org";

function state(type: string, content: Json, stateKey = "", sender = "@alice:example.org"): Json {
  return { type, state_key: stateKey, sender, content };
}

/** An invite as Synapse pushes a local one: copies at the top level and all. */
export function synapseInvite(changes: Json = {}, content: Json = {}): Json {
  const roomState = [
    state("m.room.create", { room_version: "10" }),
    state("m.room.name", { name: "Plans" }),
    state("m.room.topic", { topic: "What we do in 2027" }),
    state("m.room.canonical_alias", { alias: "#plans:example.org" }),
    state("m.room.join_rules", { join_rule: "invite" }),
    state("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }),
    state("m.room.member", { membership: "join", displayname: "Alice" }, "@alice:example.org"),
  ];
  return {
    type: "m.room.member",
    room_id: ROOM,
    event_id: "$YUwRidLecu",
    sender: "@alice:example.org",
    user_id: "@alice:example.org",
    state_key: "@bob:example.org",
    origin_server_ts: MADE_AT,
    age: 85,
    invite_room_state: roomState,
    content: {
      membership: "invite",
      displayname: "Bob",
      is_direct: false,
      reason: "kick-off on Monday",
      ...content,
    },
    unsigned: { age: 85, invite_room_state: roomState },
    ...changes,
  };
}

/** A federated invite: what the other server chose to send, here nothing. */
export function federatedInvite(changes: Json = {}): Json {
  return synapseInvite({
    room_id: "!far:remote.example",
    event_id: "$federated",
    sender: "@mallory:remote.example",
    content: { membership: "invite" },
    unsigned: { age: 12, invite_room_state: [] },
    ...changes,
  });
}

/** In room version 12 the create entry is a full event, and the room's ID has no domain. */
export function version12Invite(changes: Json = {}): Json {
  const roomId = "!5hrJ3rV8dM2tWqQ9xYz0aB7cD4eF6gH1iJ2kL3mN4oP";
  const sender = "@mallory:remote.example";
  return federatedInvite({
    room_id: roomId,
    sender,
    unsigned: {
      invite_room_state: [
        {
          ...state("m.room.create", { room_version: "12", type: "m.space" }, "", sender),
          origin_server_ts: MADE_AT - 1000,
          depth: 1,
          auth_events: [],
          prev_events: [],
          hashes: { sha256: "x" },
          signatures: { "remote.example": { "ed25519:1": "x" } },
        },
        state("m.room.name", { name: "Far away" }, "", sender),
      ],
    },
    ...changes,
  });
}

/** Dendrite's room state lacks the topic and the inviter's member event. */
export function dendriteInvite(changes: Json = {}): Json {
  return synapseInvite({
    user_id: undefined,
    age: undefined,
    invite_room_state: undefined,
    unsigned: {
      invite_room_state: [
        state("m.room.create", { room_version: "10", creator: "@alice:example.org" }),
        state("m.room.name", { name: "Plans" }),
        state("m.room.join_rules", { join_rule: "invite" }),
      ],
    },
    ...changes,
  });
}

/** Tuwunel's and continuwuity's federated invites all have the same ID. */
export function placeholderInvite(changes: Json = {}): Json {
  return federatedInvite({ event_id: "$placeholder", ...changes });
}

/** Tuwunel's local invites have no room state. */
export function tuwunelInvite(changes: Json = {}): Json {
  return synapseInvite({ invite_room_state: undefined, unsigned: undefined, ...changes });
}

/** A change of membership after the invite: a join, or what `changes` make of it. */
export function answer(membership: "join" | "leave" | "ban" | "knock", changes: Json = {}): Json {
  return {
    type: "m.room.member",
    room_id: ROOM,
    event_id: `$${membership}`,
    sender: "@bob:example.org",
    state_key: "@bob:example.org",
    origin_server_ts: MADE_AT + 1000,
    content: { membership },
    unsigned: { age: 3 },
    ...changes,
  };
}

/** What most events are. */
export function message(body: string, changes: Json = {}): Json {
  return {
    type: "m.room.message",
    room_id: ROOM,
    event_id: "$message",
    sender: "@alice:example.org",
    origin_server_ts: MADE_AT,
    content: { msgtype: "m.text", body },
    ...changes,
  };
}
