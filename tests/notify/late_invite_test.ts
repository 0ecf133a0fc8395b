import assert from "node:assert/strict";
import { CatchUp } from "../../src/notify/accept/catch_up.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { answer, message, synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, POLICY, Service } from "../fakes/notify/service.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { thoroughTest } from "../thorough.ts";

type Json = Record<string, unknown>;

let rooms = 0;

/** An invite to another room, made so long ago. */
function invited(service: Service, age: number, changes: Json = {}): Json {
  const origin_server_ts = service.clock.now() - age;
  const room_id = `!${++rooms}:example.org`;
  return synapseInvite({ origin_server_ts, room_id, unsigned: { age }, ...changes });
}

const FRESH = message("hello", { unsigned: { age: 5 } });
const OLD = message("hello", { unsigned: { age: HOUR } });

// What becomes of an invite of that age by what came before it, and whether late ones have mails.
const AGES:
  readonly (readonly [age: number, catchingUp: boolean, late: boolean, state?: string])[] = [
    [DAY, false, false, "resolved sent"],
    [DAY + 1, false, false],
    [DAY + 1, false, true],
    [3 * MINUTE, true, false, "resolved sent"],
    [DAY, true, false, "resolved sent"],
    [DAY + 1, true, false, "skipped (too old)"],
    [DAY + 1, true, true, "resolved sent"],
    [7 * DAY, true, true, "resolved sent"],
    [7 * DAY, true, false, "skipped (too old)"],
    [7 * DAY + 1, true, true, "skipped (too old)"],
    [30 * DAY, true, true, "skipped (too old)"],
    [30 * DAY + 1, true, true],
    [3650 * DAY, true, true],
  ];
for (const [age, catchingUp, late, state] of AGES) {
  const what = `of ${age} ms ${catchingUp ? "while catching up" : "in usual times"}${
    late ? ", where late ones can share a mail," : ""
  }`;
  Deno.test(`an invite ${what} ends as ${state ?? "nothing"}`, async () => {
    await using service = new Service();
    service.policy = { ...POLICY, late };
    service.start();
    if (catchingUp) await service.push(OLD);
    await service.push(invited(service, age), ...catchingUp ? [] : [FRESH]);
    await service.push(FRESH);
    await service.clock.advance(DELAY);
    assert.deepEqual(await service.states(), state === undefined ? [] : [state]);
    assert.equal(service.transport.sent.length, state === "resolved sent" ? 1 : 0);
  });
}

Deno.test("the transaction that ends catching up still belongs to it", async () => {
  await using service = new Service();
  service.start();
  await service.push(OLD);
  await service.push(invited(service, 2 * DAY), FRESH);
  assert.deepEqual(await service.states(), ["pending"]);
  await service.push(invited(service, 2 * DAY));
  await service.push(FRESH);
  await service.clock.advance(DELAY);
  assert.deepEqual(await service.states(), ["skipped (too old)", "skipped (too old)"]);
});

Deno.test("a late invitation that is answered further on is that, not too old", async () => {
  await using service = new Service();
  service.start();
  const invite = invited(service, 3 * DAY);
  await service.push(invite);
  const { room_id } = invite;
  await service.push(answer("join", { room_id, unsigned: { age: 2 * DAY } }));
  await service.push(FRESH);
  await service.clock.advance(DELAY);
  assert.deepEqual(await service.states(), ["cancelled (joined)"]);
});

Deno.test("a replay of a backlog mails nobody again, and has no more rows", async () => {
  await using service = new Service();
  service.policy = { ...POLICY, late: true };
  service.start();
  const ages = [3 * HOUR, 2 * DAY, 10 * DAY];
  const invites = ages.map((age) => invited(service, age));
  for (let replay = 0; replay < 3; replay++) {
    for (const invite of invites) await service.push(invite);
    await service.push(FRESH);
    await service.clock.advance(HOUR);
  }
  assert.equal(service.transport.sent.length, 2);
  assert.equal((await service.states()).length, 3);
});

thoroughTest(
  "a history of years has a bounded number of rows, and one line in the log",
  async () => {
    await using logs = await collectLogs();
    await using service = new Service();
    service.start();
    const body = (days: number, count: number) =>
      Array.from({ length: count }, () => invited(service, days * DAY));
    await service.push(...body(400, 5000));
    await service.push(...body(20, 700));
    await service.push(...body(10, 700));
    await service.push(FRESH);
    assert.equal((await service.outbox.counts()).invitations.skipped, 1000);
    const events = logs.at("info").map(([event]) => event);
    assert.deepEqual(events, ["homeserver is catching up", "homeserver has caught up"]);
    const [, end] = logs.at("info").map(([, data]) => data as Json);
    assert.deepEqual([end?.tooOld, end?.invites], [6400, 0]);
  },
);

thoroughTest(
  "of a week's backlog, one event a transaction, all that was not answered is mailed, and nothing else",
  async () => {
    await using service = new Service();
    service.policy = { ...POLICY, late: true };
    service.start();
    const PEOPLE = 40;
    const INVITES = 800;
    for (let person = 0; person < PEOPLE; person++) {
      service.people.known.set(`@p${person}:example.org`, {
        addresses: [`p${person}@mail.example`],
      });
    }
    const invites = Array.from({ length: INVITES }, (_, n) => {
      const age = 6 * DAY - n * (6 * DAY - HOUR) / INVITES;
      return invited(service, Math.floor(age), { state_key: `@p${n % PEOPLE}:example.org` });
    });
    // One event a transaction; every second invitation is answered, most of them far behind.
    const answered = invites.filter((_, n) => Math.floor(n / PEOPLE) % 2 === 0);
    for (const invite of invites) {
      await service.push(invite);
      if (invites.indexOf(invite) % 50 === 0) await service.clock.advance(SECOND);
    }
    for (const { room_id, state_key } of answered) {
      const unsigned = { age: 30 * MINUTE };
      await service.push(answer("join", { room_id, state_key, sender: state_key, unsigned }));
    }
    assert.equal(service.transport.attempts.length, 0);
    await service.push(FRESH);
    for (let before = -1; before < service.transport.sent.length;) {
      before = service.transport.sent.length;
      await service.clock.advance(MINUTE);
    }
    const mailed = new Set(
      service.renderer.models.flatMap(({ invitations }) => invitations.map(({ room }) => room.id)),
    );
    const open = invites.filter((invite) => !answered.includes(invite));
    assert.deepEqual([...mailed].sort(), open.map(({ room_id }) => room_id as string).sort());
  },
);

Deno.test("all invitations of a person from a downtime are in one mail, however long it took", async () => {
  await using service = new Service(undefined, { delay: DELAY, window: HOUR, longest: HOUR });
  service.policy = { ...POLICY, late: true };
  service.start();
  const invites = [6 * DAY, 5 * DAY, 2 * DAY, 20 * HOUR, HOUR].map((age) => invited(service, age));
  for (const invite of invites) {
    await service.push(invite);
    for (let minute = 0; minute < 4; minute++) {
      await service.clock.advance(MINUTE - 1);
      await service.push(OLD);
    }
  }
  await service.push(FRESH);
  await service.clock.advance(MINUTE);
  const rooms = service.renderer.models.map(({ invitations }) =>
    invitations.map(({ room }) => room.id)
  );
  assert.deepEqual(rooms, [invites.map(({ room_id }) => room_id)]);
  await service.clock.advance(DAY);
  assert.equal(service.transport.attempts.length, 1);
});

Deno.test("all invitations of a downtime have had the same time to be answered", async () => {
  await using service = new Service();
  const began = service.clock.now();
  await service.push(invited(service, HOUR));
  await service.clock.advance(MINUTE / 2);
  await service.push(invited(service, HOUR));
  await service.clock.advance(MINUTE / 2);
  await service.push(invited(service, 5));
  const due = await service.outbox.histories("@bob:example.org" as never, 3);
  const dues = due.map(({ timeline }) => timeline[0]?.data.dueAt);
  assert.deepEqual(dues.reverse(), [began + DELAY, began + DELAY, began + MINUTE + DELAY]);
});

Deno.test("a database that cannot store that it is catching up refuses the transaction", async () => {
  await using service = new Service();
  const { outbox, clock } = service;
  const failing = {
    catchingUpSince: () => outbox.catchingUpSince(),
    nextDue: () => Promise.resolve(undefined),
    setCatchingUp: () => Promise.reject(new Error("disk full")),
  };
  const catchUp = new CatchUp({ outbox: failing, clock, domain: "example.org" });
  await assert.rejects(catchUp.arrived([OLD], clock.now()), /disk full/);
  // What waits is held back all the same.
  await assert.rejects(catchUp.left(), /disk full/);
});
