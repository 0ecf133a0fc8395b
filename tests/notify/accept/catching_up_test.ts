import assert from "node:assert/strict";
import {
  afterTransaction,
  atTime,
  type CatchingUp,
  MAX_CATCHING_UP_MS,
  MAX_FRESH_AGE_MS,
  NOT_CATCHING_UP,
  QUIET_MS,
  waitsFor,
} from "../../../src/notify/accept/catching_up.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/settings/duration.ts";

const NOW = 5 * DAY;
const LATE = MAX_FRESH_AGE_MS + 1;
const yes = (since: number, quietAt: number): CatchingUp => ({ kind: "yes", since, quietAt });
const givenUp = (quietAt: number): CatchingUp => ({ kind: "given up", quietAt });
const BEGUN = yes(NOW, NOW + QUIET_MS);
const GOING_ON = yes(NOW - HOUR / 4, NOW + 5 * SECOND);
const STARTING: CatchingUp = { kind: "starting", until: NOW + 3 * SECOND };
const AGAIN = NOW + QUIET_MS;

const TRANSACTIONS: readonly (readonly [
  says: string,
  before: CatchingUp,
  newestAge: number | undefined,
  after: CatchingUp,
])[] = [
  ["a fresh event begins nothing", NOT_CATCHING_UP, 0, NOT_CATCHING_UP],
  ["an event of exactly two minutes is fresh", NOT_CATCHING_UP, MAX_FRESH_AGE_MS, NOT_CATCHING_UP],
  ["an older one begins it", NOT_CATCHING_UP, LATE, BEGUN],
  ["one of years ago begins it", NOT_CATCHING_UP, 3650 * DAY, BEGUN],
  ["no event of own people begins nothing", NOT_CATCHING_UP, undefined, NOT_CATCHING_UP],
  ["an old one after the start begins it", STARTING, LATE, BEGUN],
  ["a fresh one after the start ends the wait", STARTING, 85, NOT_CATCHING_UP],
  ["others' events after the start change nothing", STARTING, undefined, STARTING],
  ["an old one goes on", GOING_ON, HOUR, yes(NOW - HOUR / 4, AGAIN)],
  ["others' events are no quiet", GOING_ON, undefined, yes(NOW - HOUR / 4, AGAIN)],
  ["a fresh one ends it", GOING_ON, 0, NOT_CATCHING_UP],
  ["an old one after a minute of quiet begins it anew", yes(0, NOW), HOUR, BEGUN],
  [
    "after half an hour it is given up",
    yes(NOW - MAX_CATCHING_UP_MS, NOW + 1),
    HOUR,
    givenUp(AGAIN),
  ],
  ["what is given up does not begin anew with the next", givenUp(NOW + 1), HOUR, givenUp(AGAIN)],
  ["nor with others' events", givenUp(NOW + 1), undefined, givenUp(AGAIN)],
  ["but a fresh one ends that", givenUp(NOW + 1), 0, NOT_CATCHING_UP],
  ["and so does a minute of quiet", givenUp(NOW), HOUR, BEGUN],
];
for (const [says, before, newestAge, after] of TRANSACTIONS) {
  Deno.test(`catching up: ${says}`, () => {
    assert.deepEqual(afterTransaction(before, newestAge, NOW), after);
  });
}

Deno.test("a quiet minute ends catching up, and not a moment earlier", () => {
  assert.deepEqual(atTime(BEGUN, NOW + QUIET_MS - 1), BEGUN);
  assert.deepEqual(atTime(BEGUN, NOW + QUIET_MS), NOT_CATCHING_UP);
  assert.deepEqual([waitsFor(BEGUN, NOW), waitsFor(BEGUN, NOW + QUIET_MS - 1)], [QUIET_MS, 1]);
  assert.equal(waitsFor(BEGUN, NOW + QUIET_MS), undefined);
});

Deno.test("a homeserver that sends old events for ever holds up what is pending for half an hour", () => {
  let state = NOT_CATCHING_UP;
  let held = 0;
  for (let now = NOW; now < NOW + 3 * HOUR; now += SECOND) {
    state = afterTransaction(state, HOUR, now);
    if (waitsFor(state, now) !== undefined) held += SECOND;
  }
  assert.equal(held, 30 * MINUTE);
});

Deno.test("a start waits for the first events for some seconds", () => {
  assert.equal(waitsFor(STARTING, NOW), 3 * SECOND);
  assert.equal(waitsFor(STARTING, NOW + 3 * SECOND), undefined);
  assert.deepEqual(atTime(STARTING, NOW + 3 * SECOND), NOT_CATCHING_UP);
});
