import assert from "node:assert/strict";
import { nextAttempt, type PastFailures } from "../../src/notify/retry.ts";
import { DAY, HOUR, SECOND } from "../../src/settings/duration.ts";

const NOW = Date.UTC(2027, 0, 4);

const PAUSES: readonly [attempts: number, random: number, seconds: number][] = [
  [0, 0, 8],
  [0, 0.5, 10],
  [0, 1, 12],
  [1, 0.5, 20],
  [2, 0.5, 40],
  [4, 0.5, 160],
  [5, 0.5, 320],
  [9, 0.5, 3600],
  [50, 0.5, 3600],
  [100, 0.5, 3600],
  [1e9, 0.5, 3600],
  [1e9, 1, 4320],
];
for (const [attempts, random, seconds] of PAUSES) {
  Deno.test(`the pause after ${attempts} failures is ${seconds} s where random is ${random}`, () => {
    assert.equal(nextAttempt({ attempts }, NOW, random, HOUR), NOW + seconds * SECOND);
  });
}

const ENDS: readonly [name: string, past: PastFailures, expired: boolean][] = [
  ["that fails for the first time is retried", { attempts: 0 }, false],
  ["that fails for less than five days is retried", {
    attempts: 120,
    deferredSince: NOW - 5 * DAY + 1,
  }, false],
  ["that fails for five days expires", { attempts: 120, deferredSince: NOW - 5 * DAY }, true],
  ["that was tried twenty times expires", { attempts: 20, deferredSince: NOW - 5 * DAY }, true],
  ["that was tried less than twenty times is retried", {
    attempts: 19,
    deferredSince: NOW - 7 * DAY,
  }, false],
  ["that failed in the future, by a clock that was set, is retried", {
    attempts: 120,
    deferredSince: NOW + HOUR,
  }, false],
];
for (const [name, past, expired] of ENDS) {
  Deno.test(`something ${name}`, () => {
    assert.equal(nextAttempt(past, NOW, 0.5, HOUR) === undefined, expired);
  });
}
