import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BOUNCE_COUNTS_MS,
  bounceScore,
  type CountedBounce,
  END_SCORE,
  endedUntil,
  settleBounce,
} from "../../src/outbox/bounce_score.ts";
import type { BounceSeverity } from "../../src/outbox/bounces.ts";
import { DAY } from "../../src/settings/duration.ts";

const NOW = 1_767_225_600_000;
const HASH = new Uint8Array([1]);

function bounces(...given: readonly (readonly [daysAgo: number, weight: number])[]) {
  return given.map(([daysAgo, weight], index): CountedBounce => ({
    mail: index + 1,
    at: NOW - daysAgo * DAY,
    weight,
  }));
}

const SCORES: Readonly<Record<string, [CountedBounce[], number, number | undefined]>> = {
  "no bounce": [[], 0, undefined],
  "one hard": [bounces([0, 2]), 2, undefined],
  "a hard and a soft": [bounces([0, 2], [0, 1]), 3, undefined],
  "two hard": [bounces([1, 2], [0, 2]), 4, 29],
  "four soft": [bounces([3, 1], [2, 1], [1, 1], [0, 1]), 4, 27],
  "three hard end when the second fades": [bounces([20, 2], [10, 2], [0, 2]), 6, 20],
  "a fraction before 30 days": [bounces([29.999, 2], [0, 2]), 4, 0.001],
  "after 30 days": [bounces([30, 2], [0, 2]), 2, undefined],
  "a clock that was ahead": [bounces([-400, 2], [0, 2]), 4, 30],
};
for (const [name, [given, score, days]] of Object.entries(SCORES)) {
  Deno.test(`the score of an address: ${name}`, () => {
    assert.equal(bounceScore(given, NOW), score);
    const until = days === undefined ? undefined : Math.round(NOW + days * DAY);
    const found = endedUntil(given, NOW);
    assert.equal(found === undefined ? undefined : Math.round(found), until);
  });
}

Deno.test("an address ends exactly while its score is high enough", () => {
  const given = fc.array(fc.record({
    mail: fc.nat(),
    at: fc.integer({ min: NOW - 2 * BOUNCE_COUNTS_MS, max: NOW }),
    weight: fc.integer({ min: 1, max: 2 }),
  }));
  fc.assert(fc.property(given, (all) => {
    const until = endedUntil(all, NOW);
    assert.equal(until !== undefined, bounceScore(all, NOW) >= END_SCORE);
    if (until === undefined) return;
    assert.ok(until > NOW && until <= NOW + BOUNCE_COUNTS_MS);
    assert.ok(bounceScore(all, until - 1) >= END_SCORE);
    assert.ok(bounceScore(all, until) < END_SCORE);
  }));
});

const REPEATED: readonly (readonly [BounceSeverity | undefined, BounceSeverity, boolean])[] = [
  [undefined, "none", true],
  ["none", "none", false],
  ["none", "soft", true],
  ["soft", "soft", false],
  ["soft", "hard", true],
  ["hard", "soft", false],
  ["hard", "hard", false],
  ["hard", "complaint", true],
  ["complaint", "complaint", false],
];
for (const [before, after, counts] of REPEATED) {
  Deno.test(`after ${before ?? "no bounce"}, ${after} ${counts ? "is new" : "says no more"}`, () => {
    const mail = { id: 7, addressHash: HASH, severity: before, failOver: [] };
    const { result, writes } = settleBounce(mail, { severity: after, text: "" }, [], NOW);
    assert.equal(result.kind, counts ? "recorded" : "known");
    assert.equal(writes.length > 0, counts);
  });
}

Deno.test("a mail counts once, by its most severe bounce", () => {
  const earlier = [{ mail: 7, at: NOW - DAY, weight: 1 }, { mail: 8, at: NOW - DAY, weight: 2 }];
  const mail = { id: 7, addressHash: HASH, severity: "soft", failOver: [] } as const;
  const { result, writes } = settleBounce(mail, { severity: "hard", text: "" }, earlier, NOW);
  const until = NOW + 29 * DAY;
  assert.deepEqual(result, { kind: "recorded", score: 4, until });
  assert.deepEqual(writes.map(({ kind }) => kind), ["note bounce", "end address", "add timeline"]);
});
