import assert from "node:assert/strict";
import type { ClaimedInvitation } from "../../../src/outbox/port.ts";
import {
  answer,
  dendriteInvite,
  federatedInvite,
  placeholderInvite,
  ROOM,
  synapseInvite,
  tuwunelInvite,
  version12Invite,
} from "../../fakes/notify/events.ts";
import { Service } from "../../fakes/notify/service.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";

Deno.test("a local invite as Synapse sends it is recorded with all its facts", async () => {
  await using service = new Service();
  const [invitation, ...others] = await service.due(synapseInvite());
  assert.deepEqual(others, []);
  assert.equal(invitation?.roomId, ROOM);
  assert.equal(invitation?.invitee, "@bob:example.org");
  assert.equal(invitation?.inviter, "@alice:example.org");
  assert.deepEqual(invitation?.facts, {
    room: {
      kind: "room",
      name: "Plans",
      topic: "What we do in 2027",
      alias: "#plans:example.org",
      encrypted: true,
    },
    inviterName: "Alice",
    reason: "kick-off on Monday",
  });
});

const SHAPES: readonly [name: string, event: unknown, facts: ClaimedInvitation["facts"]][] = [
  ["a federated invite without room state", federatedInvite(), {
    room: { kind: "room", encrypted: false },
  }],
  ["an invite to a space of room version 12", version12Invite(), {
    room: { kind: "space", name: "Far away", encrypted: false },
  }],
  ["an invite as Dendrite sends it", dendriteInvite(), {
    room: { kind: "room", name: "Plans", encrypted: false },
    reason: "kick-off on Monday",
  }],
  ["a local invite as Tuwunel sends it", tuwunelInvite(), {
    room: { kind: "room", encrypted: false },
    reason: "kick-off on Monday",
  }],
  ["a federated invite with a placeholder for its ID", placeholderInvite(), {
    room: { kind: "room", encrypted: false },
  }],
  ["an invite without an ID", synapseInvite({ event_id: undefined, unsigned: {} }), {
    room: { kind: "room", encrypted: false },
    reason: "kick-off on Monday",
  }],
  ["an invite to a direct chat", synapseInvite({ unsigned: {} }, { is_direct: true }), {
    room: { kind: "direct", encrypted: false },
    reason: "kick-off on Monday",
  }],
];
for (const [name, event, facts] of SHAPES) {
  Deno.test(`${name} is recorded`, async () => {
    await using service = new Service();
    assert.deepEqual((await service.due(event)).map((invitation) => invitation.facts), [facts]);
  });
}

const RECORDED: readonly [name: string, event: unknown][] = [
  [
    "of an odd user ID of the historical grammar",
    synapseInvite({ state_key: "@b*)(uid=*:example.org" }),
  ],
  ["of a user ID with upper case", synapseInvite({ state_key: "@BOB:example.org" })],
  [
    "of a user whose server is spelt in upper case",
    synapseInvite({ state_key: "@bob:EXAMPLE.ORG" }),
  ],
  ["by a sender who is not a user ID", synapseInvite({ sender: "<b>\u202e\u0000'; DROP TABLE" })],
  ["without a time", synapseInvite({ origin_server_ts: undefined })],
  ["with a time that is text", synapseInvite({ origin_server_ts: "1767225600000" })],
  ["with a time before all times", synapseInvite({ origin_server_ts: -1 })],
  ["with a time of a clock that is far ahead", synapseInvite({ origin_server_ts: 2 ** 53 - 1 })],
  ["with a time that is not a whole number", synapseInvite({ origin_server_ts: 1e300 })],
  ["whose content says null about a 3PID", synapseInvite({}, { third_party_invite: null })],
  ["with broken room state", synapseInvite({ unsigned: { invite_room_state: [1, null, {}, []] } })],
  ["whose unsigned part is text", synapseInvite({ unsigned: "x", prev_content: 3 })],
  [
    "over an invite from before the installation",
    synapseInvite({
      unsigned: { prev_content: { membership: "invite" } },
    }),
  ],
];
for (const [name, event] of RECORDED) {
  Deno.test(`an invite ${name} is recorded`, async () => {
    await using service = new Service();
    assert.equal((await service.due(event)).length, 1);
  });
}

const UNUSABLE = "not a user ID";
const SKIPPED: readonly [name: string, event: unknown, reason?: string][] = [
  ["an invite of a remote user", synapseInvite({ state_key: "@bob:remote.example" })],
  ["an invite of a user on another port", synapseInvite({ state_key: "@bob:example.org:8448" })],
  ["an invite of a user of a subdomain", synapseInvite({ state_key: "@bob:x.example.org" })],
  ["a knock", answer("knock")],
  ["an unknown membership", synapseInvite({}, { membership: "invites" })],
  ["a membership that is not text", synapseInvite({}, { membership: ["invite"] })],
  ["an event of another type", synapseInvite({ type: "m.room.name" })],
  [
    "an invite of the service's own user",
    synapseInvite({ state_key: "@mxisd:example.org" }),
    "one of the service's own users",
  ],
  ["an invite of oneself", synapseInvite({ sender: "@bob:example.org" }), "invites themself"],
  [
    "a soft-failed invite",
    synapseInvite({ unsigned: { "io.element.synapse.soft_failed": true } }),
    "soft-failed",
  ],
  [
    "an invite over 3PID",
    synapseInvite({}, { third_party_invite: { signed: {} } }),
    "invited by email address: the identity server sends the email",
  ],
  [
    "an invite with a blank in the user ID",
    synapseInvite({ state_key: "@bo b:example.org" }),
    UNUSABLE,
  ],
  [
    "an invite with a line break in the user ID",
    synapseInvite({ state_key: "@bo\nb:example.org" }),
    UNUSABLE,
  ],
  ["an invite of nobody", synapseInvite({ state_key: "@:example.org" }), UNUSABLE],
  [
    "an invite of a user ID without sigil",
    synapseInvite({ state_key: "bob:example.org" }),
    UNUSABLE,
  ],
  [
    "an invite of a user ID that is too long",
    synapseInvite({ state_key: `@${"b".repeat(243)}:example.org` }),
    UNUSABLE,
  ],
  ["an invite whose room is not an ID", synapseInvite({ room_id: "plans" }), "not a room ID"],
  ["an invite whose room is missing", synapseInvite({ room_id: undefined }), "not a room ID"],
  [
    "an invite whose room's ID is too long",
    synapseInvite({ room_id: `!${"a".repeat(255)}` }),
    "not a room ID",
  ],
  ["an invite whose sender is missing", synapseInvite({ sender: null }), "no sender"],
  [
    "an invite whose sender is too long",
    synapseInvite({ sender: `@${"é".repeat(128)}` }),
    "no sender",
  ],
  ["a membership without content", synapseInvite({ content: null }), "no content"],
  ["a membership without state key", synapseInvite({ state_key: undefined }), "no state key"],
  ["null in the list of events", null, "not an event"],
  ["text in the list of events", "m.room.member", "not an event"],
  ["a list in the list of events", [[]], "not an event"],
];
for (const [name, event, reason] of SKIPPED) {
  const how = reason === undefined ? "in silence" : "with the reason";
  Deno.test(`${name} is skipped ${how}, and the invites beside it are recorded`, async () => {
    await using logs = await collectLogs();
    await using service = new Service();
    const good = [
      synapseInvite({ state_key: "@before:example.org" }),
      synapseInvite({ state_key: "@behind:example.org" }),
    ] as const;
    const invitations = await service.due(good[0], event, good[1]);
    assert.deepEqual(invitations.map(({ invitee }) => invitee), [
      "@before:example.org",
      "@behind:example.org",
    ]);
    assert.deepEqual(
      logs.at("info").filter(([text]) => text === "event skipped").map(([, data]) => data.reason),
      reason === undefined ? [] : [reason],
    );
  });
}
