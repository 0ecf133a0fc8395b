import assert from "node:assert/strict";
import { type Doubt, doubtAfter, MAX_DOUBTS } from "../../src/outbox/doubt.ts";
import { DAY, HOUR } from "../../src/settings/duration.ts";

const FIRST = 1_000_000;

function after(...refusals: readonly (readonly [at: number, othersAccepted: boolean])[]) {
  return refusals.reduce<Doubt | undefined>(
    (doubt, [at, others]) => doubtAfter(doubt, FIRST + at, others),
    undefined,
  )?.count;
}

Deno.test("refusals of one day count once, however many there are", () => {
  assert.equal(after([0, true], [HOUR, true], [12 * HOUR, true], [DAY - 1, true]), 1);
});

Deno.test("a refusal counts in each span of 24 hours since the first", () => {
  assert.equal(after([0, true], [DAY, true]), 2);
  assert.equal(after([0, true], [DAY, true], [2 * DAY - 1, true]), 2);
  assert.equal(after([0, true], [DAY, true], [2 * DAY, true]), MAX_DOUBTS);
  assert.equal(after([0, true], [2 * DAY - 1, true], [2 * DAY, true]), MAX_DOUBTS);
});

Deno.test("while nobody else is accepted, nothing counts: the fault may be ours", () => {
  assert.equal(after([0, false], [DAY, false], [2 * DAY, false], [4 * DAY, false]), 1);
  assert.equal(after([0, false], [DAY, false], [2 * DAY, true]), 2);
});

Deno.test("a clock that goes back counts nothing", () => {
  assert.equal(after([0, true], [-3 * DAY, true], [-DAY, true]), 1);
});
