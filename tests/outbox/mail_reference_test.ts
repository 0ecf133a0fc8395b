import assert from "node:assert/strict";
import {
  type KnownMail,
  knownMail,
  type ReferredRow,
  stopState,
  targetOf,
} from "../../src/outbox/mail_reference.ts";
import type { StoredSuppression } from "../../src/outbox/suppressed.ts";
import type { HashedKind, MailReference } from "../../src/outbox/suppressions.ts";

const NO_HASH = new Uint8Array();

function hash(kind: HashedKind, value: string): Uint8Array {
  return new TextEncoder().encode(`${kind} ${value}`);
}

const PLANS = {
  roomId: "!plans:example.org",
  inviter: "@alice:example.org",
  inviterName: "Alice A.",
  facts: {
    room: { kind: "room", name: "Plans", encrypted: false },
    inviterName: "alice",
  },
} as const;
const LUNCH = {
  roomId: "!lunch:example.org",
  inviter: "@erin:example.org",
  facts: { room: { kind: "room", encrypted: false }, inviterName: "Erin" },
} as const;
const ROW: ReferredRow = {
  addressKey: "bob@example.org",
  userId: "@bob:example.org",
  invitations: [PLANS, LUNCH],
};
const REFERENCE: MailReference = {
  mail: 3,
  address: hash("address", "bob@example.org"),
  room: hash("room", PLANS.roomId),
  inviter: hash("inviter", LUNCH.inviter),
};
const KNOWN: KnownMail = {
  addressKey: "bob@example.org",
  userId: "@bob:example.org",
  room: { id: PLANS.roomId, facts: PLANS.facts.room },
  inviter: { id: LUNCH.inviter, name: "Erin" },
  invitations: [PLANS, LUNCH],
};
const RULES = { hash, isOutside: (inviter: string) => !inviter.endsWith(":example.org") };

Deno.test("the room and the inviter of a reference are found among a mail's invitations", () => {
  assert.deepEqual(knownMail(REFERENCE, ROW, hash), KNOWN);
});

Deno.test("the identity stores' name of an inviter comes before the event's", () => {
  const reference = { ...REFERENCE, inviter: hash("inviter", PLANS.inviter) };
  assert.equal(knownMail(reference, ROW, hash)?.inviter?.name, "Alice A.");
});

Deno.test("what a reference does not have, or the mail does not have any more, is not known", () => {
  const { mail, address } = REFERENCE;
  for (
    const reference of [
      { mail, address },
      { mail, address, room: hash("room", "!gone:x.org"), inviter: hash("room", LUNCH.inviter) },
    ]
  ) {
    const known = knownMail(reference, ROW, hash);
    assert.deepEqual([known?.addressKey, known?.room, known?.inviter], [
      "bob@example.org",
      undefined,
      undefined,
    ]);
  }
});

Deno.test("a row that is missing, or another address's, is not the mail of a reference", () => {
  assert.equal(knownMail(REFERENCE, undefined, hash), undefined);
  const foreign = { ...ROW, addressKey: "carol@example.org" };
  assert.equal(knownMail(REFERENCE, foreign, hash), undefined);
});

Deno.test("a target has the reference's hash, and the ID where the mail is known", () => {
  assert.deepEqual(targetOf(REFERENCE, "room", KNOWN), {
    scope: "room",
    hash: REFERENCE.room,
    id: PLANS.roomId,
  });
  assert.deepEqual(targetOf(REFERENCE, "room", undefined)?.id, undefined);
  assert.deepEqual(targetOf(REFERENCE, "all", KNOWN), { scope: "all", hash: NO_HASH });
  const { mail, address } = REFERENCE;
  assert.equal(targetOf({ mail, address }, "inviter", undefined), undefined);
});

Deno.test("what is stopped is stopped since the first time, by hash or by ID", () => {
  const stored = (changes: Partial<StoredSuppression>): StoredSuppression => ({
    ...{ id: 1, scope: "all", targetHash: NO_HASH, at: 0 },
    ...changes,
  });
  const suppressions = [
    stored({ scope: "room", targetHash: hash("room", PLANS.roomId), at: 20 }),
    stored({ scope: "room", targetHash: new Uint8Array([1]), target: PLANS.roomId, at: 10 }),
    stored({ scope: "inviter", targetHash: hash("inviter", PLANS.inviter), at: 5 }),
  ];
  assert.deepEqual(stopState(REFERENCE, KNOWN, suppressions, RULES), {
    about: { room: PLANS.facts.room, inviter: { id: LUNCH.inviter, name: "Erin" } },
    stopped: { room: 10 },
    several: [],
  });
  assert.deepEqual(stopState(REFERENCE, undefined, suppressions, RULES), {
    about: { room: undefined, inviter: undefined },
    stopped: { room: 20 },
    several: [],
  });
});

Deno.test("of a mail about several rooms or inviters each is listed once, with what is stopped", () => {
  const { mail, address } = REFERENCE;
  const mallory = { ...LUNCH, roomId: "!spam:x.example", inviter: "@mallory:x.example" };
  const known = { ...KNOWN, invitations: [PLANS, { ...LUNCH, roomId: PLANS.roomId }, mallory] };
  const stopped = {
    ...{ id: 1, scope: "inviter", targetHash: NO_HASH, target: LUNCH.inviter, at: 5 },
  };
  const room = (id: string, facts: unknown, outside: boolean) => ({
    ...{ scope: "room", hash: hash("room", id), room: facts, outside, since: undefined },
  });
  const inviter = (id: string, name: string, outside = false, since?: number) => ({
    ...{ scope: "inviter", hash: hash("inviter", id), inviter: { id, name }, outside, since },
  });
  const rooms = [
    room(PLANS.roomId, PLANS.facts.room, false),
    room("!spam:x.example", LUNCH.facts.room, true),
  ];
  const inviters = [
    inviter(PLANS.inviter, "Alice A."),
    inviter(LUNCH.inviter, "Erin", false, 5),
    inviter("@mallory:x.example", "Erin", true),
  ];
  const list = (reference: MailReference, about: KnownMail | undefined) =>
    stopState(reference, about, [stopped], RULES).several;
  assert.deepEqual(list({ mail, address }, known), [...rooms, ...inviters]);
  assert.deepEqual(list({ mail, address, room: REFERENCE.room }, known), inviters);
  assert.deepEqual(list({ mail, address, inviter: REFERENCE.inviter }, known), rooms);
  assert.deepEqual(list({ mail, address }, undefined), []);
});

Deno.test("more than five rooms or inviters are not listed", () => {
  const { mail, address } = REFERENCE;
  for (const count of [5, 6]) {
    const invitations = Array.from(
      { length: count },
      (_, n) => ({ ...PLANS, roomId: `!${n}:x`, inviter: n < 2 ? `@${n}:x` : PLANS.inviter }),
    );
    const { several } = stopState({ mail, address }, { ...KNOWN, invitations }, [], RULES);
    assert.deepEqual(several.map(({ scope }) => scope), [
      ...Array(count === 5 ? 5 : 0).fill("room"),
      ...Array(3).fill("inviter"),
    ]);
  }
});
