import assert from "node:assert/strict";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { answer, message, synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, Service } from "../fakes/notify/service.ts";
import { collectLogs, type LogRecords } from "../fakes/system/log_records.ts";

type Json = Record<string, unknown>;

/** Events as Synapse sends them so long after they were made. */
function past(service: Service) {
  const made = (age: number) => ({
    origin_server_ts: service.clock.now() - age,
    unsigned: { age },
  });
  return {
    invite: (age: number, changes: Json = {}) => synapseInvite({ ...made(age), ...changes }),
    join: (age: number, changes: Json = {}) => answer("join", { ...made(age), ...changes }),
    message: (age: number, changes: Json = {}) => message("hello", { ...made(age), ...changes }),
  };
}

const REMOTE = { sender: "@mallory:remote.example", room_id: "!far:remote.example" };

/** What the lines of this event say. */
function lines(logs: LogRecords, event: string): readonly unknown[] {
  return logs.at("info").filter(([text]) => text === event).map(([, data]) => data);
}

Deno.test("of a backlog, one event a transaction, only what was not answered is mailed", async () => {
  await using logs = await collectLogs();
  await using service = new Service();
  const { invite, join, message } = past(service);
  service.start();
  await service.push(invite(3 * HOUR));
  await service.push(invite(3 * HOUR, { room_id: "!two:example.org" }));
  // More time than the delay leaves.
  for (let age = 175; age > 100; age--) {
    await service.push(message(age * MINUTE));
    await service.clock.advance(SECOND);
  }
  await service.push(join(100 * MINUTE));
  await service.clock.advance(2 * DELAY);
  assert.deepEqual(service.mailed(), []);

  await service.push(message(50));
  await service.clock.advance(0);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  assert.deepEqual(await service.states(), ["cancelled (joined)", "resolved sent"]);
  assert.deepEqual(lines(logs, "homeserver is catching up"), [{ newest: "3h" }]);
  assert.deepEqual(lines(logs, "homeserver has caught up"), [{
    reason: "its newest events are new",
    transactions: 79,
    invites: 2,
    late: 0,
    answered: 1,
    tooOld: 0,
  }]);
  await service.clock.advance(DAY);
  assert.equal(service.transport.attempts.length, 1);
});

Deno.test("after a minute without a transaction, what is pending is mailed", async () => {
  await using service = new Service();
  const { invite } = past(service);
  service.start();
  await service.push(invite(HOUR));
  await service.clock.advance(MINUTE - 1);
  assert.deepEqual(service.mailed(), []);
  await service.clock.advance(1);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("any transaction counts as one, whatever is in it", async () => {
  await using service = new Service();
  const { invite, message } = past(service);
  service.start();
  await service.push(invite(HOUR));
  for (const events of [[], [message(5, REMOTE)], [null], [{}]]) {
    await service.clock.advance(MINUTE - 1);
    await service.push(...events);
  }
  await service.put(`{"events":[{"body":"${"x".repeat(300_000)}"}]}`);
  await service.clock.advance(MINUTE - 1);
  assert.deepEqual(service.mailed(), []);
  await service.clock.advance(1);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("a homeserver that never catches up holds mails up for half an hour", async () => {
  await using service = new Service();
  const { invite, message } = past(service);
  service.start();
  await service.push(invite(HOUR));
  for (let minutes = 0.5; minutes < 30; minutes += 0.5) {
    await service.clock.advance(MINUTE / 2);
    await service.push(message(HOUR));
  }
  assert.deepEqual(service.mailed(), []);
  await service.clock.advance(MINUTE / 2);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);

  // It is not waited for again until it has been fresh or quiet.
  await service.push(invite(HOUR, { room_id: "!two:example.org" }));
  await service.clock.advance(DELAY);
  assert.equal(service.transport.sent.length, 2);
});

Deno.test("a mail that waited before the downtime waits as well, and is not sent once it is answered", async () => {
  await using service = new Service();
  const { invite, join, message } = past(service);
  service.start();
  await service.push(invite(50));
  await service.stop();
  // Nothing runs, until a start: Bob has joined meanwhile.
  service.clock.set(service.clock.now() + 5 * HOUR);
  service.start();
  await service.clock.advance(5 * SECOND);
  assert.deepEqual(service.mailed(), []);
  await service.push(message(4 * HOUR));
  await service.clock.advance(30 * SECOND);
  await service.push(join(3 * HOUR));
  await service.push(message(50));
  await service.clock.advance(DAY);
  assert.deepEqual(service.mailed(), []);
  assert.deepEqual(await service.states(), ["cancelled (joined)"]);
});

Deno.test("after a downtime without any event, what waited is mailed in seconds", async () => {
  await using service = new Service();
  const { invite } = past(service);
  service.start();
  await service.push(invite(50));
  await service.stop();
  service.clock.set(service.clock.now() + 5 * HOUR);
  service.start();
  await service.clock.advance(10 * SECOND - 1);
  assert.deepEqual(service.mailed(), []);
  await service.clock.advance(1);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("a short pause of the service holds nothing up", async () => {
  await using service = new Service();
  const { invite } = past(service);
  service.start();
  await service.push(invite(50));
  await service.stop();
  service.clock.set(service.clock.now() + DELAY + MINUTE);
  service.start();
  await service.clock.advance(0);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("a service that dies while the homeserver catches up goes on waiting", async () => {
  await using _logs = await collectLogs();
  await using service = new Service();
  const { invite, join, message } = past(service);
  service.start();
  await service.push(invite(HOUR));
  await service.push(invite(HOUR, { room_id: "!two:example.org" }));
  for (let deaths = 0; deaths < 3; deaths++) {
    await service.clock.advance(20 * SECOND);
    await service.crash();
    service.start();
    await service.clock.advance(20 * SECOND);
    assert.deepEqual(service.mailed(), []);
    await service.push(message(HOUR / 2, REMOTE));
  }
  await service.push(join(HOUR / 2));
  await service.clock.advance(MINUTE);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  // Nothing is left of it.
  await service.crash();
  service.start();
  await service.push(invite(10, { room_id: "!three:example.org" }));
  await service.clock.advance(DELAY);
  assert.equal(service.transport.sent.length, 2);
});

Deno.test("old events of other homeservers, and their clocks, hold nothing up", async () => {
  await using service = new Service();
  const { invite, message } = past(service);
  service.start();
  await service.push(message(DAY, REMOTE));
  await service.push(invite(3 * HOUR, REMOTE));
  await service.clock.advance(DELAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("an old message tells that an invite from outside may be answered further on", async () => {
  await using service = new Service();
  const { invite, join, message } = past(service);
  service.start();
  await service.push(message(3 * HOUR));
  await service.push(invite(3 * HOUR, REMOTE));
  await service.clock.advance(MINUTE - 1);
  await service.push(join(2 * HOUR, { room_id: REMOTE.room_id }));
  await service.push(message(0));
  await service.clock.advance(DAY);
  assert.deepEqual(service.mailed(), []);
});

for (
  const [says, skew] of [["behind", -HOUR], ["ahead", HOUR]] as const
) {
  Deno.test(`a clock of the homeserver that is an hour ${says} holds nothing up`, async () => {
    await using service = new Service();
    service.start();
    const origin_server_ts = service.clock.now() + skew;
    await service.push(message("hello", { origin_server_ts, unsigned: { age: 40 } }));
    await service.push(synapseInvite({ origin_server_ts }));
    await service.clock.advance(DELAY);
    assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  });
}

Deno.test("without the homeserver's figure the events' times tell a backlog from what is new", async () => {
  await using service = new Service();
  const now = service.clock.now();
  const at = (age: number) => ({ origin_server_ts: now - age, unsigned: undefined });
  service.start();
  await service.push(synapseInvite(at(HOUR)));
  await service.clock.advance(2 * DELAY);
  assert.deepEqual(service.mailed(), []);
  await service.push(answer("join", at(HOUR / 2)));
  await service.push(synapseInvite({ ...at(SECOND), room_id: "!two:example.org" }));
  await service.clock.advance(DELAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("while nothing is waited for, a body that says nothing is looked into once a second", async () => {
  await using service = new Service();
  const bodies = [{ type: "m.typing" }];
  let looks = 0;
  const { catchUp, clock } = service;
  for (let second = 0; second < 3; second++) {
    for (let body = 0; body < 100; body++) {
      if (!catchUp.looksInto(1000)) continue;
      looks++;
      await catchUp.arrived(bodies, clock.now());
    }
    await clock.advance(SECOND);
  }
  assert.equal(looks, 3);
  assert.equal(catchUp.looksInto(5_000_000), false);
});

Deno.test("a body that is only looked into is accepted, whatever is wrong with it", async () => {
  await using service = new Service();
  for (const body of ["{x}", '{"events":7}', '{"events":[7]}']) {
    await service.clock.advance(2 * SECOND);
    assert.equal((await service.put(body)).status, 200, body);
  }
});
