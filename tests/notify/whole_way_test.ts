import assert from "node:assert/strict";
import { DAY, HOUR, SECOND } from "../../src/settings/duration.ts";
import { deferred } from "../fakes/mail/recording_transport.ts";
import { answer, federatedInvite, MADE_AT, ROOM, synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, POLICY, Service } from "../fakes/notify/service.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

Deno.test("an invite becomes one mail once the delay is over, and never another", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY - 1);
  assert.equal(service.transport.attempts.length, 0);

  await service.clock.advance(1);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  assert.deepEqual(await service.states(), ["resolved sent"]);
  await service.clock.advance(30 * DAY);
  assert.equal(service.transport.attempts.length, 1);
});

Deno.test("a mail names room, inviter and reason, from the event and the identity store", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  assert.deepEqual(service.renderer.models[0]?.recipient, {
    name: "Bob B.",
    id: "@bob:example.org",
    address: "bob@mail.example",
  });
  assert.deepEqual(service.renderer.models[0]?.invitations, [{
    inviter: { name: "Alice A.", id: "@alice:example.org", server: "example.org", local: true },
    room: {
      id: ROOM,
      label: "Plans",
      name: "Plans",
      alias: "#plans:example.org",
      kind: "room",
      topic: "What we do in 2027",
      encrypted: true,
    },
    added: false,
    reason: "kick-off on Monday",
    when: new Intl.DateTimeFormat("en-GB", {
      dateStyle: "full",
      timeStyle: "short",
      timeZone: "UTC",
    }).format(MADE_AT) + " UTC",
    link: "https://matrix.to/#/!plans%3Aexample.org?via=example.org",
  }]);
});

for (const membership of ["join", "leave", "ban"] as const) {
  Deno.test(`a ${membership} within the delay leaves no mail`, async () => {
    await using service = new Service();
    service.start();
    await service.push(synapseInvite());
    await service.clock.advance(DELAY - 1);
    await service.push(answer(membership));
    await service.clock.advance(DAY);
    assert.equal(service.transport.attempts.length, 0);
    assert.match((await service.states()).join(), /^cancelled/);
  });
}

Deno.test("a withdrawal by the inviter leaves no mail", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.push(answer("leave", { sender: "@alice:example.org" }));
  await service.clock.advance(DAY);
  assert.equal(service.transport.attempts.length, 0);
});

Deno.test("a join while the mail waits for the mail server cancels the mail", async () => {
  await using service = new Service();
  service.transport.next(deferred());
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  assert.deepEqual(await service.states(), ["resolved queued"]);
  await service.push(answer("join"));
  await service.clock.advance(DAY);
  assert.equal(service.transport.attempts.length, 1);
  assert.match((await service.states()).join(), /^cancelled .*cancelled$/);
});

Deno.test("a join in another room cancels nothing", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.push(answer("join", { room_id: "!other:example.org" }));
  await service.clock.advance(DELAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("a replayed transaction mails nobody, whatever has become of the invite", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  await service.push(synapseInvite({ unsigned: { age: 99_999 } }));
  await service.clock.advance(DAY);
  await service.push(synapseInvite({ event_id: "$another" }));
  await service.clock.advance(DAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("an invite, its withdrawal and a second invite in one body make one mail", async () => {
  await using service = new Service();
  const body = [
    synapseInvite(),
    answer("leave", { sender: "@alice:example.org" }),
    synapseInvite({ origin_server_ts: MADE_AT + 2000, event_id: "$second" }),
  ];
  await service.push(...body);
  await service.crash();
  // The homeserver did not see the 200.
  await service.push(...body);
  service.start();
  await service.clock.advance(DAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  assert.deepEqual((await service.states()).at(-1), "resolved sent");
});

Deno.test("a second invite does not postpone the mail", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY - SECOND);
  await service.push(synapseInvite({
    origin_server_ts: MADE_AT + 9000,
    unsigned: { prev_content: { membership: "invite" } },
  }));
  await service.clock.advance(SECOND);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  await service.clock.advance(DAY);
  assert.equal(service.transport.attempts.length, 1);
});

Deno.test("a person who joins, leaves and is invited again is mailed again", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  // Nothing waits any more, and the join is seen all the same.
  await service.push(answer("join", { origin_server_ts: MADE_AT + HOUR }));
  await service.push(answer("leave", { origin_server_ts: MADE_AT + HOUR + 1 }));
  await service.push(synapseInvite({ origin_server_ts: MADE_AT + 2 * HOUR }));
  await service.clock.advance(DELAY);
  assert.equal(service.transport.sent.length, 2);
  const [first, second] = service.transport.sent;
  assert.notEqual(first?.messageId, second?.messageId);
});

Deno.test("a person who declines and is invited again is mailed again after a day", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  for (const hours of [1, 23]) {
    await service.push(answer("leave", { origin_server_ts: MADE_AT + hours }));
    await service.push(synapseInvite({ origin_server_ts: MADE_AT + hours * HOUR }));
    await service.clock.advance(DELAY);
    assert.equal(service.transport.sent.length, 1);
    assert((await service.states()).includes("skipped (mailed before)"));
  }
  await service.clock.advance(DAY - 3 * DELAY);
  await service.push(synapseInvite({ origin_server_ts: MADE_AT + DAY }));
  await service.clock.advance(DELAY);
  assert.equal(service.transport.sent.length, 2);
});

Deno.test("a mail server that is down delays a mail and changes nothing else about it", async () => {
  await using service = new Service();
  service.transport.next(deferred(), deferred(), deferred({ fault: "ours", stage: "auth" }));
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(HOUR);
  assert.equal(service.transport.attempts.length, 4);
  assert.equal(service.transport.sent.length, 1);
  assert.equal(new Set(service.transport.attempts.map(({ messageId }) => messageId)).size, 1);
});

Deno.test("stores that are down delay an invitation and mail it once they are back", async () => {
  await using service = new Service();
  service.people.outage = new Error("down");
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(HOUR);
  assert.deepEqual(await service.states(), ["pending (the lookup failed)"]);
  service.people.outage = undefined;
  await service.clock.advance(2 * HOUR);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("a federated invite without room state has a mail, and no local person's name", async () => {
  await using service = new Service();
  service.people.known.set("@alice:remote.example", { displayName: "Alice A." });
  service.start();
  await service.push(federatedInvite({ sender: "@alice:remote.example" }));
  await service.clock.advance(DELAY);
  assert.deepEqual(service.renderer.models[0]?.invitations[0]?.inviter, {
    name: "",
    id: "@alice:remote.example",
    server: "remote.example",
    local: false,
  });
  assert.equal(
    service.renderer.models[0]?.invitations[0]?.link,
    "https://matrix.to/#/!far%3Aremote.example?via=remote.example",
  );
});

Deno.test("every address of a person has a mail of its own", async () => {
  await using service = new Service();
  service.people.known.set("@bob:example.org", {
    addresses: ["b@Mail.Example", "bob@work.example"],
  });
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  assert.deepEqual(service.mailed(), ["b@mail.example", "bob@work.example"]);
  assert.equal(new Set(service.transport.sent.map(({ messageId }) => messageId)).size, 2);
});

Deno.test("an address that refuses the mail for good is followed by the person's next one", async () => {
  await using logs = await collectLogs();
  await using service = new Service();
  service.policy = { ...POLICY, addresses: "failover" };
  service.people.known.set("@bob:example.org", {
    addresses: ["bob@gone.example", "bob@mail.example", "bob@home.example"],
  });
  const refused = {
    kind: "rejected",
    stage: "recipient",
    reason: "5.1.1",
    replyCode: 550,
  } as const;
  service.transport.next(refused);
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  assert.deepEqual(await service.states(), ["resolved rejected sent"]);
  assert.deepEqual(
    logs.at("info").find(([event]) => event === "mail to the next address queued")?.[1],
    { mail: 2, after: 1 },
  );
});

Deno.test("an invitation whose invitee is in no store is skipped, and its history has the reason", async () => {
  await using service = new Service();
  service.start();
  await service.push(synapseInvite({ state_key: "@nobody:example.org" }));
  await service.clock.advance(DAY);
  assert.equal(service.transport.attempts.length, 0);
  assert.deepEqual(await service.states("@nobody:example.org"), ["skipped (no profile)"]);
});

Deno.test("a stop releases what was not sent, and a start sends it", async () => {
  await using service = new Service();
  const receipt = Promise.withResolvers<ReturnType<typeof deferred>>();
  service.transport.next(receipt.promise);
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  const stopped = service.stop();
  receipt.resolve(deferred({ reason: "stopped" }));
  await stopped;
  assert.deepEqual(await service.states(), ["resolved queued"]);
  service.start();
  // At once: nothing was held against it.
  await service.clock.advance(0);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("a stop waits for the mail that is being sent, and settles it", async () => {
  await using service = new Service();
  const receipt = Promise.withResolvers<{ kind: "accepted"; response: string }>();
  service.transport.next(receipt.promise);
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  const stopped = service.stop();
  receipt.resolve({ kind: "accepted", response: "250 Ok" });
  await stopped;
  assert.deepEqual(await service.states(), ["resolved sent"]);
});

Deno.test("one reminder follows a mail that nobody answers, and none after an answer", async () => {
  for (const answered of [false, true]) {
    await using service = new Service();
    service.reminder = 3 * DAY;
    service.start();
    await service.push(synapseInvite());
    await service.clock.advance(DELAY);
    await service.clock.advance(3 * DAY - HOUR);
    assert.equal(service.transport.attempts.length, 1);
    if (answered) await service.push(answer("join"));
    await service.clock.advance(HOUR);
    await service.clock.advance(4 * DAY);
    const kinds = service.renderer.models.map(({ mail }) => mail.kind);
    assert.deepEqual(kinds, answered ? ["invite"] : ["invite", "reminder"]);
    assert.equal(service.transport.attempts.length, kinds.length);
  }
});
