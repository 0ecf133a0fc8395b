import * as fc from "fast-check";
import assert from "node:assert/strict";
import {
  limitWindow,
  nextFree,
  type SharedLimit,
  type TakenSlot,
  turnOf,
} from "../../src/outbox/rate_limit.ts";
import { decide } from "./decide.ts";

const PER = 100;

interface Sent {
  readonly at: number;
  readonly own: boolean;
}

/** What was sent within the span before now. */
function taken(sent: readonly Sent[], now: number) {
  const latest = (some: readonly Sent[]) => {
    const times = some.map(({ at }) => at).filter((at) => at > now - PER).sort((a, b) => b - a);
    return (n: number) => times[n];
  };
  const slots = { all: latest(sent), strangers: latest(sent.filter(({ own }) => !own)) };
  return ({ of, nth }: TakenSlot) => slots[of](nth);
}

function own(...times: number[]): Sent[] {
  return times.map((at) => ({ at, own: true }));
}

function strangers(...times: number[]): Sent[] {
  return times.map((at) => ({ at, own: false }));
}

Deno.test("below the limit an item goes at once, else when the oldest slot is free", () => {
  const limit = { count: 3, per: PER, ownShare: 0 };
  assert.equal(decide(nextFree(limit, true), taken(own(10, 20), 50)), undefined);
  assert.equal(decide(nextFree(limit, true), taken(own(10, 20, 30), 50)), 110);
  assert.equal(decide(nextFree(limit, true), taken(own(10, 20, 30), 110)), undefined);
  assert.equal(decide(nextFree(limit, false), taken(strangers(10, 20, 30), 50)), 110);
});

Deno.test("strangers wait for their own part, and own inviters only for the whole", () => {
  const limit = { count: 4, per: PER, ownShare: 0.5 };
  const sent = strangers(10, 20);
  assert.equal(decide(nextFree(limit, false), taken(sent, 50)), 110);
  assert.equal(decide(nextFree(limit, true), taken(sent, 50)), undefined);
  const full = [...sent, ...own(5, 6)];
  assert.equal(decide(nextFree(limit, true), taken(full, 50)), 105);
  assert.equal(decide(nextFree(limit, false), taken(full, 50)), 110);
  assert.equal(decide(nextFree(limit, false), taken(own(5, 6, 7, 8), 50)), 105);
});

Deno.test("times outside a span on either side of now do not count", () => {
  assert.deepEqual(limitWindow({ count: 2, per: 100 }, 500), { after: 400, upTo: 600 });
});

Deno.test("those that go when they may never break the limit, nor the strangers' part", () => {
  const limits = fc.record({
    count: fc.integer({ min: 1, max: 6 }),
    per: fc.constant(PER),
    ownShare: fc.constantFrom(0, 0.3, 0.5, 1),
  });
  const arrivals = fc.array(fc.record({ after: fc.nat(60), own: fc.boolean() }), { maxLength: 30 });
  fc.assert(fc.property(limits, arrivals, (limit: SharedLimit, items) => {
    const sent: Sent[] = [];
    let now = 1000;
    for (const item of items) {
      now += item.after;
      for (let free; (free = decide(nextFree(limit, item.own), taken(sent, now))) !== undefined;) {
        assert(free > now, "waiting leads somewhere");
        now = free;
      }
      sent.push({ at: now, own: item.own });
    }
    const others = Math.max(1, Math.floor(limit.count * (1 - limit.ownShare)));
    for (const { at } of sent) {
      const within = sent.filter((other) => other.at > at - PER && other.at <= at);
      assert(within.length <= limit.count);
      assert(within.filter((other) => !other.own).length <= others);
    }
  }));
});

Deno.test("servers that had few slots have earlier turns, one after the other", () => {
  const limit = { count: 20, per: PER };
  assert.equal(turnOf(limit, { served: 0, had: 0 }), 0);
  assert.equal(turnOf(limit, { served: 7, had: 2 }), 47);
  assert.equal(turnOf(limit, { served: 7, had: 0, last: 47 }), 67);
  assert.equal(turnOf(limit, { served: 90, had: 0, last: 47 }), 90);
});

Deno.test("a row is behind no more rows than its turn says, whatever comes from new servers", () => {
  const facts = fc.record({ count: fc.integer({ min: 1, max: 50 }), had: fc.nat(50) });
  fc.assert(fc.property(facts, ({ count, had }) => {
    const turn = turnOf({ count, per: PER }, { served: 0, had });
    let ahead = 0;
    // Each slot goes to a server that had none, as long as that has the earlier turn.
    while (turnOf({ count, per: PER }, { served: ahead, had: 0 }) < turn) ahead++;
    assert.equal(ahead, turn);
  }));
});
