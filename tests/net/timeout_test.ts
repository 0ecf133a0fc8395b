import assert from "node:assert/strict";
import { startTimer, timeLimit } from "../../src/net/timeout.ts";
import { idle } from "../fakes/system/fake_clock.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

Deno.test("a time limit aborts its signal when the time is over, not earlier", async () => {
  const clock = new ManualClock();
  using limit = timeLimit(clock, 1000);
  clock.advance(999);
  await idle();
  assert.equal(limit.signal.aborted, false);
  clock.advance(1);
  await idle();
  assert.equal(limit.signal.aborted, true);
});

Deno.test("a time limit that was disposed of aborts nothing and leaves no timer", async () => {
  const clock = new ManualClock();
  let signal: AbortSignal;
  {
    using limit = timeLimit(clock, 1000);
    signal = limit.signal;
    assert.equal(clock.sleepers, 1);
  }
  assert.equal(clock.sleepers, 0);
  clock.advance(2000);
  await idle();
  assert.equal(signal.aborted, false);
});

Deno.test("a timer calls its function once", async () => {
  const clock = new ManualClock();
  let calls = 0;
  using _timer = startTimer(clock, 1000, () => calls++);
  clock.advance(5000);
  await idle();
  clock.advance(5000);
  await idle();
  assert.equal(calls, 1);
});

Deno.test("a timer that is disposed of at the moment it ends calls nothing", async () => {
  const clock = new ManualClock();
  let calls = 0;
  const timer = startTimer(clock, 1000, () => calls++);
  clock.advance(1000);
  timer[Symbol.dispose]();
  timer[Symbol.dispose]();
  await idle();
  assert.equal(calls, 0);
});
