import * as fc from "fast-check";
import assert from "node:assert/strict";
import { slotAfter } from "../../src/outbox/rate_limit.ts";

/** The latest of those times that are within the span before now. */
function traffic(times: readonly number[], ahead: number, now: number, per: number) {
  const recent = times.filter((time) => time > now - per).sort((a, b) => b - a);
  return { nthLatest: (n: number) => recent[n], ahead: () => ahead };
}

Deno.test("below the limit one goes at once, whoever waits", () => {
  const limit = { count: 3, per: 100 };
  assert.equal(slotAfter(limit, traffic([10, 20], 7, 50, 100)), undefined);
  assert.equal(slotAfter(limit, traffic([10, 20, 30], 0, 110, 100)), undefined);
});

Deno.test("each that waits gets the next place that becomes free", () => {
  const limit = { count: 3, per: 100 };
  const slots = [0, 1, 2, 3, 4, 5, 6].map((ahead) =>
    slotAfter(limit, traffic([10, 20, 30], ahead, 50, 100))
  );
  assert.deepEqual(slots, [110, 120, 130, 210, 220, 230, 310]);
});

Deno.test("those that go at the times they were given never break the limit", () => {
  const times = fc.array(fc.nat(99), { maxLength: 10 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), times, (count, offsets) => {
    const limit = { count, per: 100 };
    const now = 100;
    // What went before kept the limit as well.
    const went = offsets.slice(0, count).map((offset) => offset + 1);
    const all = [...went];
    for (let ahead = 0; ahead < 12; ahead++) {
      const slot = slotAfter(limit, traffic(went, ahead, now, 100));
      if (slot === undefined) return;
      assert(slot > now);
      all.push(slot);
    }
    for (const time of all) {
      const within = all.filter((other) => other > time - limit.per && other <= time);
      assert(within.length <= count, `${within.length} of ${count} in ${all}`);
    }
  }));
});
