import assert from "node:assert/strict";
import { eventAge, newestOwnAge } from "../../../src/notify/accept/event_age.ts";
import { DAY, HOUR, MINUTE } from "../../../src/settings/duration.ts";
import { message } from "../../fakes/notify/events.ts";

const NOW = Date.UTC(2027, 0, 4, 9, 30);

for (
  const [says, event, age] of [
    ["the homeserver's figure", { unsigned: { age: 85 }, origin_server_ts: NOW - DAY }, 85],
    ["that as well where the event's time is ahead", {
      unsigned: { age: HOUR },
      origin_server_ts: NOW + DAY,
    }, HOUR],
    ["the event's time without a figure", { origin_server_ts: NOW - HOUR }, HOUR],
    ["the event's time where the figure is none", {
      unsigned: { age: "85" },
      origin_server_ts: NOW - HOUR,
    }, HOUR],
    ["or is below zero", { unsigned: { age: -1 }, origin_server_ts: NOW - HOUR }, HOUR],
    ["nothing where the event's time is ahead", { origin_server_ts: NOW + HOUR }, 0],
    ["unknown without either", { origin_server_ts: "yesterday" }, undefined],
  ] as const
) {
  Deno.test(`an event's age is ${says}`, () => {
    assert.equal(eventAge(event, NOW), age);
  });
}

const own = (age: number) => message("", { unsigned: { age } });
const foreign = (age: number) => message("", { sender: "@m:remote.example", unsigned: { age } });

for (
  const [says, events, age] of [
    ["the smallest age", [own(3 * HOUR), own(HOUR), own(2 * HOUR)], HOUR],
    ["not that of other homeservers' events", [foreign(1), own(HOUR), foreign(2)], HOUR],
    ["that of a bridge's ghost as well", [
      message("", { sender: "@irc_joe:example.org", unsigned: { age: 7 } }),
    ], 7],
    ["unknown without an own event", [foreign(1)], undefined],
    ["unknown without an event", [], undefined],
    ["that of what can be read", [null, 7, "x", [], {}, { sender: 7 }, own(HOUR)], HOUR],
  ] as const
) {
  Deno.test(`the age of the newest own event is ${says}`, () => {
    assert.equal(newestOwnAge(events, "example.org", NOW, 2 * MINUTE), age);
  });
}

Deno.test("a fresh event at the end of a large body is found without looking at the others", () => {
  let looked = 0;
  const old = new Proxy(own(HOUR), {
    get(target, key) {
      looked++;
      return Reflect.get(target, key);
    },
  });
  assert.equal(newestOwnAge([...Array(1000).fill(old), own(5)], "example.org", NOW, MINUTE), 5);
  assert.equal(looked, 0);
});
