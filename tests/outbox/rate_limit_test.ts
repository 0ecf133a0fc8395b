import * as fc from "fast-check";
import assert from "node:assert/strict";
import { limitWindow, slotAfter } from "../../src/outbox/rate_limit.ts";

/** The latest of those times that are within the span before now. */
function traffic(times: readonly number[], ahead: number, now: number, per: number) {
  const recent = times.filter((time) => time > now - per).sort((a, b) => b - a);
  return { inFlight: 0, nthLatest: (n: number) => recent[n], ahead: () => ahead };
}

Deno.test("below the limit an item goes at once, whatever waits", () => {
  const limit = { count: 3, per: 100 };
  assert.equal(slotAfter(limit, traffic([10, 20], 7, 50, 100), 50), undefined);
  assert.equal(slotAfter(limit, traffic([10, 20, 30], 0, 110, 100), 110), undefined);
});

Deno.test("each that waits gets the next slot that becomes free", () => {
  const limit = { count: 3, per: 100 };
  const slots = [0, 1, 2, 3, 4, 5, 6].map((ahead) =>
    slotAfter(limit, traffic([10, 20, 30], ahead, 50, 100), 50)
  );
  assert.deepEqual(slots, [110, 120, 130, 210, 220, 230, 310]);
});

Deno.test("what is in flight takes slots as if it were sent now", () => {
  const limit = { count: 2, per: 100 };
  const slot = (inFlight: number, ahead = 0) =>
    slotAfter(limit, { ...traffic([10], ahead, 50, 100), inFlight }, 50);
  assert.deepEqual([slot(0), slot(1), slot(2), slot(5)], [undefined, 110, 150, 150]);
  assert.deepEqual([slot(1, 1), slot(1, 2)], [150, 210]);
});

Deno.test("the count of those ahead is read only when it matters", () => {
  const ahead = () => assert.fail("not read");
  const below = { inFlight: 1, nthLatest: () => undefined, ahead };
  assert.equal(slotAfter({ count: 2, per: 100 }, below, 50), undefined);
});

Deno.test("times outside a span on either side of now do not count", () => {
  assert.deepEqual(limitWindow({ count: 2, per: 100 }, 500), { after: 400, upTo: 600 });
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
      const slot = slotAfter(limit, traffic(went, ahead, now, 100), now);
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
