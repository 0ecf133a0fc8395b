import assert from "node:assert/strict";
import { inviteRules } from "../../src/identity/invite_rules.ts";
import { type KnownPerson, NEVER } from "../../src/identity/knowledge.ts";
import { decideBeforeSending, whyNotMailed, whyNotTold } from "../../src/notify/known_rules.ts";
import { MINUTE } from "../../src/settings/duration.ts";

const ALICE = "@alice:example.org";
const MALLORY = "@mallory:evil.example";
const NOW = Date.UTC(2026, 0, 1);
const WITHIN = 5 * MINUTE;
const known = (changes: Partial<KnownPerson> = {}): KnownPerson => ({
  invites: inviteRules({ "m.ignored_user_list": { ignored_users: { [MALLORY]: {} } } }),
  ...changes,
});
const invitation = (
  id: number,
  inviter = ALICE,
  receivedAt = NOW - MINUTE,
  joinedAt?: number,
) => ({ id, inviter, receivedAt, facts: { joinedAt } });

Deno.test("whom the homeserver knows to be barred, or to want no such invitation, has no mail", () => {
  const blocking = inviteRules({ "m.invite_permission_config": { default_action: "block" } });
  const cases = [
    [known(), ALICE, undefined],
    [known(), MALLORY, "the invitee ignores the inviter"],
    [known({ invites: blocking }), ALICE, "the invitee blocks such invites"],
    [known({ barred: "locked" }), ALICE, "the account is locked on the homeserver"],
    [known({ barred: "suspended" }), MALLORY, "the account is suspended on the homeserver"],
    [known({ barred: "deactivated" }), ALICE, "the account is deactivated on the homeserver"],
  ] as const;
  for (const [person, inviter, expected] of cases) {
    assert.equal(whyNotMailed(person, inviter), expected);
  }
});

const SPARED = "the invitee used a client meanwhile";

// The invitation came a minute ago; people who used a client within five minutes are spared.
const ACTIVITY: readonly [lastActive: number | undefined, expected: unknown][] = [
  [undefined, { kind: "send" }],
  [NOW - WITHIN, { kind: "send" }],
  [NOW - WITHIN + 1, { kind: "wait", until: NOW + 1 }],
  [NOW - MINUTE - 1, { kind: "wait", until: NOW + 4 * MINUTE - 1 }],
  [NOW - MINUTE, { kind: "spared", invitations: [{ id: 1, reason: SPARED }] }],
  [NOW, { kind: "spared", invitations: [{ id: 1, reason: SPARED }] }],
  // The homeserver's clock is ahead.
  [NOW + WITHIN, { kind: "spared", invitations: [{ id: 1, reason: SPARED }] }],
];
for (const [lastActive, expected] of ACTIVITY) {
  const ago = lastActive === undefined ? "never" : `${NOW - lastActive} ms ago`;
  Deno.test(`a client that was used ${ago}`, () => {
    const person = known({ lastActive });
    assert.deepEqual(decideBeforeSending([invitation(1)], person, NOW, WITHIN), expected);
    assert.deepEqual(decideBeforeSending([invitation(1)], person, NOW, undefined), {
      kind: "send",
    });
  });
}

Deno.test("a mail about several invitations loses those that are unwanted, before anything else", () => {
  const invitations = [invitation(1), invitation(2, MALLORY), invitation(3)];
  const decided = decideBeforeSending(invitations, known({ lastActive: NOW }), NOW, WITHIN);
  const reason = "the invitee ignores the inviter";
  assert.deepEqual(decided, { kind: "spared", invitations: [{ id: 2, reason }] });
});

Deno.test("a mail about several invitations waits while one of them came after the last use", () => {
  const invitations = [invitation(1), invitation(2, ALICE, NOW)];
  const lastActive = NOW - 1000;
  assert.deepEqual(decideBeforeSending(invitations, known({ lastActive }), NOW, WITHIN), {
    kind: "wait",
    until: lastActive + WITHIN,
  });
});

Deno.test("nobody waits longer than activeWithin after the invitation, however they use clients", () => {
  const received = NOW;
  let now = NOW;
  for (let lastActive = NOW - WITHIN + 1;; lastActive += 10_000) {
    const person = known({ lastActive: Math.min(lastActive, now) });
    const decided = decideBeforeSending([invitation(1, ALICE, received)], person, now, WITHIN);
    if (decided.kind !== "wait") break;
    assert.ok(decided.until > now && decided.until < received + WITHIN);
    now = decided.until;
  }
});

const THEMSELF = "the invitee used a client when they joined the room, or since";
const UNTOLD = "the homeserver does not tell whether the invitee joined the room by a client";
const JOINED = NOW - MINUTE;
// Synapse notes the use of a client every two minutes, and a little later.
const GRAIN = 150_000;
const TOLD: readonly [joinedAt: number | undefined, lastActive: number | undefined, string?][] = [
  [undefined, NOW],
  [undefined, undefined],
  [JOINED, NEVER],
  [JOINED, JOINED - GRAIN - 1],
  [JOINED, JOINED - GRAIN, THEMSELF],
  [JOINED, JOINED - 1, THEMSELF],
  [JOINED, JOINED, THEMSELF],
  [JOINED, NOW, THEMSELF],
  // The homeserver's clock is ahead.
  [JOINED, NOW + WITHIN, THEMSELF],
  [JOINED, undefined, UNTOLD],
];
for (const [joinedAt, lastActive, reason] of TOLD) {
  const joined = joinedAt === undefined ? "not in the room" : "in the room";
  Deno.test(`who is ${joined}, and used a client at ${lastActive}`, () => {
    assert.equal(whyNotTold({ joinedAt }, { lastActive }), reason);
  });
}

Deno.test("a mail loses who was added and knows it, and keeps its invitations", () => {
  const invitations = [invitation(1), invitation(2, ALICE, NOW - MINUTE, JOINED)];
  const decided = decideBeforeSending(invitations, known({ lastActive: NOW }), NOW, undefined);
  assert.deepEqual(decided, { kind: "spared", invitations: [{ id: 2, reason: THEMSELF }] });
});
