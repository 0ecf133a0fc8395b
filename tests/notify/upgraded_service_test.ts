import assert from "node:assert/strict";
import { DAY, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, Service } from "../fakes/notify/service.ts";
import { KILLED_AT, VERSION_2, WAITING } from "../outbox/sqlite/version_2.ts";

/** The service a minute after a program of schema version 2 was killed, with the people it knew. */
function upgradedService(): Service {
  const service = new Service(VERSION_2);
  service.clock.set(KILLED_AT + MINUTE);
  for (const who of ["bob", "ivan", "judy", "karl", "lena", "otto"]) {
    service.people.known.set(`@${who}:example.org`, { addresses: [`${who}@mail.example`] });
  }
  return service;
}

Deno.test("an upgraded service sends all that waited, each mail once", async () => {
  await using service = upgradedService();
  service.start();
  await service.clock.advance(MINUTE);
  // Without a limit, what waited for one is due at once.
  assert.deepEqual(service.mailed().sort(), [
    "bob@mail.example",
    "frank@mail.example",
    "grace@mail.example",
    "heidi@mail.example",
    "ivan@mail.example",
    "judy@mail.example",
    "karl@mail.example",
    "lena@mail.example",
  ]);

  const ids = new Map(service.transport.sent.map(({ to, messageId }) => [to.address, messageId]));
  for (const [address, id] of Object.entries(WAITING)) {
    assert.equal(ids.get(address as never), id, address);
  }
  assert.deepEqual(await service.states("@otto:example.org"), ["skipped (suppressed)"]);
  assert.deepEqual(await service.states("@gina:example.org"), ["cancelled (answered) cancelled"]);
  assert.deepEqual(await service.states(), ["resolved sent", "resolved sent", "resolved sent"]);
  await service.clock.advance(30 * DAY);
  assert.equal(service.transport.attempts.length, 8);
});

Deno.test("an upgraded service knows the invites that came before", async () => {
  await using service = upgradedService();
  service.start();
  await service.clock.advance(MINUTE);
  const before = service.transport.attempts.length;
  await service.push(synapseInvite({
    room_id: "!lunch:example.org",
    origin_server_ts: Date.UTC(2027, 0, 4, 9, 29) + 2,
  }));
  await service.clock.advance(DELAY);
  assert.equal(service.transport.attempts.length, before);
  // Another invite to that room is one that Bob's mail tells of already.
  await service.push(synapseInvite({
    room_id: "!lunch:example.org",
    unsigned: { prev_content: { membership: "invite" } },
    origin_server_ts: service.clock.now() - SECOND,
  }));
  await service.clock.advance(DELAY);
  assert.equal(service.transport.attempts.length, before);
});
