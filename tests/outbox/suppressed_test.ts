import assert from "node:assert/strict";
import {
  isOf,
  isSameHash,
  type StoredSuppression,
  suppressingScopes,
} from "../../src/outbox/suppressed.ts";
import type { HashedKind } from "../../src/outbox/suppressions.ts";

const ABOUT = { roomId: "!plans:example.org", inviter: "@alice:example.org" };
const NOW = 1000;
const NO_HASH = new Uint8Array();

function hash(kind: HashedKind, value: string): Uint8Array {
  return new TextEncoder().encode(`${kind} ${value}`);
}

function stored(changes: Partial<StoredSuppression>): StoredSuppression {
  return { id: 1, scope: "all", targetHash: NO_HASH, at: 0, ...changes };
}

const ROOM = stored({ scope: "room", targetHash: hash("room", ABOUT.roomId) });
const INVITER = stored({ scope: "inviter", targetHash: hash("inviter", ABOUT.inviter) });
const OLD_HASH = new Uint8Array([1, 2, 3]);

const CASES: Readonly<Record<string, [StoredSuppression[], string[]]>> = {
  "nothing stored keeps nothing": [[], []],
  "all keeps everything": [[stored({})], ["all"]],
  "a room keeps what is about it": [[ROOM], ["room"]],
  "an inviter keeps what is from them": [[INVITER], ["inviter"]],
  "every scope is named once": [[ROOM, INVITER, ROOM, stored({})], ["all", "room", "inviter"]],
  "another room keeps nothing": [
    [stored({ scope: "room", targetHash: hash("room", "!lunch:example.org") })],
    [],
  ],
  "a room's ID outlives the hash of an old secret": [
    [stored({ scope: "room", targetHash: OLD_HASH, target: ABOUT.roomId })],
    ["room"],
  ],
  "an inviter's ID is not a room's": [
    [stored({ scope: "room", targetHash: OLD_HASH, target: ABOUT.inviter })],
    [],
  ],
  "bounces keep everything until they end": [[stored({ scope: "bounce", until: NOW + 1 })], [
    "bounce",
  ]],
  "bounces that have ended keep nothing": [[stored({ scope: "bounce", until: NOW })], []],
  "bounces stand beside a choice": [
    [stored({ scope: "bounce", until: NOW + 1 }), stored({})],
    ["all", "bounce"],
  ],
  "a scope that is not known keeps nothing": [
    [stored({ scope: "weather", targetHash: hash("room", ABOUT.roomId) })],
    [],
  ],
};
for (const [name, [suppressions, scopes]] of Object.entries(CASES)) {
  Deno.test(
    name,
    () => assert.deepEqual(suppressingScopes(suppressions, ABOUT, hash, NOW), scopes),
  );
}

Deno.test("inviters from outside are stopped together, and nobody else", () => {
  const outside = stored({ scope: "outside" });
  const of = (isOutside?: boolean) =>
    suppressingScopes([outside], { ...ABOUT, outside: isOutside }, hash, NOW);
  assert.deepEqual([of(true), of(false), of()], [["outside"], [], []]);
});

Deno.test("a target without a known ID is matched by its hash alone", () => {
  const target = { scope: "room", hash: hash("room", ABOUT.roomId) } as const;
  assert.equal(isOf(ROOM, target), true);
  assert.equal(isOf({ ...ROOM, targetHash: OLD_HASH }, target), false);
});

Deno.test("a missing hash equals none", () => {
  assert.equal(isSameHash(undefined, NO_HASH), false);
  assert.equal(isSameHash(new Uint8Array([1]), new Uint8Array([1])), true);
  assert.equal(isSameHash(new Uint8Array([1]), new Uint8Array([2])), false);
});
