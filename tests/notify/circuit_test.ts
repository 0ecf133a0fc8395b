import assert from "node:assert/strict";
import { Circuit } from "../../src/notify/circuit.ts";
import { HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

const DOWN = { reason: "connection refused" };

function harness() {
  const clock = new ManualClock();
  const circuit = new Circuit(clock);
  let failed = 0;
  return {
    clock,
    circuit,
    /** So many items fail, each another one. */
    fail(count: number): void {
      for (let n = 0; n < count; n++) circuit.failed(`item ${++failed}`, DOWN);
    },
    /** Tries one item as soon as it is admitted. Returns the seconds until then. */
    probe(outcome: "fails" | "succeeds" | "says nothing"): number {
      const { pause } = circuit;
      assert(pause !== undefined);
      clock.advance(pause);
      assert.equal(circuit.admitted, 1);
      using _attempt = circuit.enter();
      assert.deepEqual([circuit.admitted, circuit.pause], [0, undefined]);
      if (outcome === "fails") circuit.failed(`item ${++failed}`, DOWN);
      if (outcome === "succeeds") circuit.succeeded();
      return pause / SECOND;
    },
    /** Whether what was deferred is to be resumed now. */
    resumes(): boolean {
      const isDue = circuit.recovered?.wait === 0;
      if (isDue) circuit.resumed();
      return isDue;
    },
  };
}

Deno.test("a circuit that hears of no failure admits everything", () => {
  const { circuit } = harness();
  circuit.succeeded();
  assert.deepEqual([circuit.isOpen, circuit.admitted, circuit.pause], [false, Infinity, 0]);
});

Deno.test("three items that fail in a row open a circuit, and one is tried after 10 seconds", () => {
  const { circuit, fail, clock } = harness();
  fail(2);
  assert.equal(circuit.admitted, Infinity);
  fail(1);
  assert.deepEqual([circuit.admitted, circuit.pause], [0, 10 * SECOND]);
  clock.advance(10 * SECOND - 1);
  assert.equal(circuit.admitted, 0);
  clock.advance(1);
  assert.equal(circuit.admitted, 1);
});

Deno.test("one item that fails again and again opens no circuit", () => {
  const { circuit } = harness();
  for (let n = 0; n < 50; n++) circuit.failed("poisoned", DOWN);
  assert.equal(circuit.isOpen, false);
});

Deno.test("strangers' items alone open no circuit, beside an own one they do", () => {
  const { circuit } = harness();
  for (let n = 0; n < 50; n++) circuit.failed(`stranger ${n}`, { ...DOWN, own: false });
  assert.equal(circuit.isOpen, false);
  circuit.failed("own", DOWN);
  assert.equal(circuit.isOpen, true);
});

Deno.test("items that fail while others succeed open no circuit", () => {
  const { circuit, fail } = harness();
  for (let n = 0; n < 50; n++) {
    fail(2);
    circuit.succeeded();
  }
  assert.equal(circuit.isOpen, false);
});

Deno.test("the pauses between two tries grow from 10 seconds to 5 minutes", () => {
  const { fail, probe } = harness();
  fail(3);
  const pauses = Array.from({ length: 8 }, () => probe("fails"));
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 300, 300, 300]);
});

Deno.test("a try that says nothing is followed by another one at once", () => {
  const { fail, probe } = harness();
  fail(3);
  assert.deepEqual([probe("says nothing"), probe("fails"), probe("fails")], [10, 0, 20]);
});

Deno.test("what began before a circuit opened, and fails later, does not lengthen the pause", () => {
  const { circuit, fail } = harness();
  const attempts = [1, 2, 3, 4, 5].map(() => circuit.enter());
  fail(5);
  for (const attempt of attempts) attempt[Symbol.dispose]();
  assert.equal(circuit.pause, 10 * SECOND);
});

Deno.test("a success closes a circuit, whoever had it", () => {
  const { circuit, fail } = harness();
  fail(3);
  circuit.succeeded();
  assert.equal(circuit.admitted, Infinity);
});

Deno.test("only what comes further than all that failed is a success", () => {
  const { circuit, resumes } = harness();
  for (const [item, distance] of [["a", 1], ["b", 3], ["c", 2]] as const) {
    circuit.failed(item, { ...DOWN, distance });
  }
  circuit.succeeded(2);
  circuit.succeeded(3);
  assert.deepEqual([circuit.isOpen, resumes()], [true, false]);
  circuit.succeeded(4);
  assert.deepEqual([circuit.isOpen, resumes()], [false, true]);
});

Deno.test("a circuit that opens again at once goes on with its pauses", () => {
  const { circuit, clock, fail, probe } = harness();
  fail(3);
  for (let n = 0; n < 4; n++) probe("fails");
  probe("succeeds");
  fail(3);
  assert.equal(circuit.pause, 300 * SECOND);
  probe("succeeds");
  clock.advance(5 * MINUTE + 1);
  fail(3);
  assert.equal(circuit.pause, 10 * SECOND);
});

Deno.test("a circuit that opens again after ten successes begins anew with its pauses", () => {
  for (const [successes, pause] of [[9, 160], [10, 10]] as const) {
    const { circuit, fail, probe } = harness();
    fail(3);
    for (let n = 0; n < 3; n++) probe("fails");
    for (let n = 0; n < successes; n++) circuit.succeeded();
    fail(3);
    assert.equal(circuit.pause, pause * SECOND);
  }
});

Deno.test("what succeeds without the part that is out of order lets all go, and resumes nothing", () => {
  const { circuit, fail, resumes } = harness();
  fail(3);
  circuit.bypassed();
  assert.deepEqual([circuit.isOpen, resumes()], [false, false]);
  circuit.succeeded();
  assert.equal(resumes(), true);
});

Deno.test("the first success resumes what was deferred, also after a single failure or a start", () => {
  const { circuit, clock, fail, resumes } = harness();
  circuit.succeeded();
  assert.equal(resumes(), true, "an outage before the start");
  circuit.succeeded();
  assert.equal(resumes(), false, "all is well");
  fail(1);
  clock.advance(HOUR);
  circuit.succeeded();
  assert.equal(circuit.recovered?.at, clock.now());
  assert.equal(resumes(), true);
});

Deno.test("a failure right after the first success takes it back", () => {
  const { circuit, fail, resumes } = harness();
  fail(1);
  circuit.succeeded();
  fail(1);
  assert.equal(resumes(), false);
});

Deno.test("a server that works now and then has things resumed once a minute, then ever more seldom", () => {
  const { circuit, clock, fail, resumes } = harness();
  const minutes: number[] = [];
  for (let second = 0; second < 4 * HOUR / SECOND; second++) {
    fail(1);
    circuit.succeeded();
    if (resumes()) minutes.push(second / 60);
    clock.advance(SECOND);
  }
  assert.deepEqual(minutes, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
  clock.advance(HOUR);
  fail(1);
  clock.advance(5 * HOUR);
  circuit.succeeded();
  assert.equal(resumes(), true);
  fail(1);
  circuit.succeeded();
  assert.equal(circuit.recovered?.wait, MINUTE, "after a long time it is a minute again");
});

Deno.test("items that fail in an outage wait five minutes at most, a poisoned one waits longer", () => {
  const { circuit, fail } = harness();
  fail(1);
  assert.equal(
    circuit.longestPause * 1.2,
    5 * MINUTE,
    "there may have been an outage at the start",
  );
  circuit.succeeded();
  fail(1);
  assert.equal(circuit.longestPause, HOUR);
  fail(1);
  assert.equal(circuit.longestPause * 1.2, 5 * MINUTE);
});

Deno.test("a machine's clock that is set changes no pause of a circuit", () => {
  const { circuit, clock, fail } = harness();
  fail(3);
  clock.jump(HOUR);
  assert.equal(circuit.pause, 10 * SECOND);
  clock.jump(-2 * HOUR);
  assert.equal(circuit.pause, 10 * SECOND);
});

Deno.test("an open circuit tells since when, why, and when the next item is tried", () => {
  const { circuit, clock, fail, probe } = harness();
  fail(2);
  assert.equal(circuit.outage, undefined);
  const since = clock.now();
  fail(1);
  const first = circuit.outage;
  assert.deepEqual(first, { since, probeAt: since + 10 * SECOND, reason: "connection refused" });
  // A machine's clock that is set does not move what was told.
  clock.jump(HOUR);
  assert.equal(circuit.outage, first);
  probe("says nothing");
  assert.equal(circuit.outage, first);
  clock.advance(circuit.pause ?? NaN);
  using attempt = circuit.enter();
  circuit.failed("probe", { reason: "454 4.7.0 wrong password" });
  attempt[Symbol.dispose]();
  const probeAt = clock.now() + 20 * SECOND;
  assert.deepEqual(circuit.outage, { since, probeAt, reason: "454 4.7.0 wrong password" });
  circuit.succeeded();
  assert.equal(circuit.outage, undefined);
});
