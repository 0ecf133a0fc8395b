import assert from "node:assert/strict";
import { DAY, HOUR } from "../../../src/settings/duration.ts";
import {
  answer,
  MADE_AT,
  message,
  placeholderInvite,
  synapseInvite,
} from "../../fakes/notify/events.ts";
import { DELAY, HS_TOKEN, Service } from "../../fakes/notify/service.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";

Deno.test("invites that are older than the age limit leave one line in the log and no row", async () => {
  await using logs = await collectLogs();
  await using service = new Service();
  const now = service.clock.now();
  const made = (age: number) =>
    synapseInvite({ origin_server_ts: now - age, unsigned: { age, invite_room_state: [] } });
  const old = [1, 2, 3].map((days) => made(days * DAY + 1));
  const fresh = message("hello", { unsigned: { age: 1 } });
  const invitations = await service.due(...old, made(DAY), fresh);
  assert.equal(invitations.length, 1);
  assert.deepEqual(
    logs.at("info").filter(([text]) => text === "old invites skipped").map(([, data]) => data),
    [{ count: 3 }],
  );
  assert.equal((await service.states()).length, 1);
});

Deno.test("the homeserver's figure of an invite's age goes before the event's time", async () => {
  await using service = new Service();
  const at = service.clock.now() - 2 * DAY;
  const aged = (age: unknown, index: number) =>
    synapseInvite({ origin_server_ts: at, room_id: `!${index}:example.org`, unsigned: { age } });
  const usable = [0, 85, 0.5, DAY];
  const unusable = [-1, "85", null, undefined, [], DAY + 1, 1e300];
  const invitations = await service.due(...[...usable, ...unusable].map(aged));
  assert.deepEqual(
    invitations.map(({ roomId }) => roomId),
    usable.map((_, index) => `!${index}:example.org`),
  );
});

Deno.test("an event that stands twice in a body is one invitation", async () => {
  await using service = new Service();
  assert.equal((await service.due(synapseInvite(), synapseInvite())).length, 1);
});

Deno.test("an event ID that comes again with another invite hides neither", async () => {
  await using service = new Service();
  await service.push(placeholderInvite());
  await service.push(placeholderInvite({ room_id: "!other:remote.example" }));
  await service.push(placeholderInvite({ state_key: "@carol:example.org" }));
  await service.push(placeholderInvite({ sender: "@other:remote.example", room_id: "!3:x" }));
  await service.clock.advance(DELAY);
  assert.equal((await service.outbox.claimInvitations(10)).length, 4);
});

Deno.test("an invite that came with a placeholder and comes with its ID is the same one", async () => {
  await using service = new Service();
  await service.push(placeholderInvite());
  assert.equal((await service.due(placeholderInvite({ event_id: "$real" }))).length, 1);
});

Deno.test("a transaction ID that comes again with another body hides nothing", async () => {
  await using service = new Service();
  for (const state_key of ["@bob:example.org", "@carol:example.org"]) {
    await service.app.request("/_matrix/app/v1/transactions/1", {
      method: "PUT",
      headers: { authorization: `Bearer ${HS_TOKEN}` },
      body: JSON.stringify({ events: [synapseInvite({ state_key })] }),
    });
  }
  await service.clock.advance(DELAY);
  assert.equal((await service.outbox.claimInvitations(10)).length, 2);
});

Deno.test("an old event's time neither advances nor postpones its mail", async () => {
  await using service = new Service();
  await service.push(synapseInvite({ origin_server_ts: MADE_AT - HOUR }));
  assert.equal(
    await service.outbox.nextDue("invitations"),
    service.clock.now() + DELAY,
  );
});

Deno.test("an answer after its invite in one body cancels it, one before it does not", async () => {
  await using service = new Service();
  await service.push(synapseInvite(), answer("join"));
  await service.push(
    answer("leave", { room_id: "!two:example.org" }),
    synapseInvite({ room_id: "!two:example.org" }),
  );
  assert.deepEqual(await service.states(), ["cancelled (joined)", "pending"]);
});

Deno.test("an answer's order counts, not its time", async () => {
  await using service = new Service();
  await service.push(synapseInvite());
  await service.push(answer("join", { origin_server_ts: 0 }));
  assert.deepEqual(await service.states(), ["cancelled (joined)"]);
});

for (
  const [how, event] of Object.entries({
    joined: answer("join"),
    declined: answer("leave"),
    withdrawn: answer("leave", { sender: "@alice:example.org" }),
    banned: answer("ban", { sender: "@admin:example.org" }),
  })
) {
  Deno.test(`an invitation whose invitee has ${how} is cancelled for that reason`, async () => {
    await using service = new Service();
    await service.push(synapseInvite());
    await service.push(event);
    assert.deepEqual(await service.states(), [`cancelled (${how})`]);
  });
}

for (
  const [name, event] of Object.entries({
    "of somebody else": answer("join", { state_key: "@carol:example.org" }),
    "in another room": answer("join", { room_id: "!other:example.org" }),
    "that soft-failed": answer("leave", { unsigned: { "io.element.synapse.soft_failed": true } }),
    "of a remote namesake": answer("join", { state_key: "@bob:remote.example" }),
  })
) {
  Deno.test(`an answer ${name} cancels nothing`, async () => {
    await using service = new Service();
    await service.push(synapseInvite());
    await service.push(event);
    assert.deepEqual(await service.states(), ["pending"]);
  });
}

Deno.test("a transaction without anything of interest, or without events, is accepted", async () => {
  await using service = new Service();
  for (
    const body of [
      "{}",
      ' \r\n\t{"events":[]}\n',
      '{"events":null}',
      JSON.stringify({ events: [message('says "membership":"invite"')] }),
      JSON.stringify({ events: [], ephemeral: [{}], "de.sorunome.msc2409.to_device": [{}] }),
    ]
  ) {
    const response = await service.put(body);
    assert.deepEqual([response.status, await response.text()], [200, "{}"]);
  }
  assert.deepEqual(await service.states(), []);
});

for (
  const [body, errcode] of [
    ["", "M_NOT_JSON"],
    ["{", "M_NOT_JSON"],
    ['{"events":[{"membership":"invite"}', "M_NOT_JSON"],
    ['{"events":[{"membership":"invite"}}', "M_NOT_JSON"],
    ["[]", "M_BAD_JSON"],
    ["null", "M_BAD_JSON"],
    ['"{}"', "M_BAD_JSON"],
    ['{"events":{"membership":"invite"}}', "M_BAD_JSON"],
  ] as const
) {
  Deno.test(`the body ${JSON.stringify(body)} is refused with ${errcode}`, async () => {
    await using _logs = await collectLogs();
    await using service = new Service();
    const response = await service.put(body);
    assert.deepEqual([response.status, (await response.json()).errcode], [400, errcode]);
  });
}

Deno.test("invalid UTF-8 in one event does not affect the others", async () => {
  await using service = new Service();
  const text = JSON.stringify({ events: [message("#"), synapseInvite()] });
  const bytes = new TextEncoder().encode(text);
  bytes[text.indexOf("#")] = 0xff;
  assert.equal((await service.put(bytes)).status, 200);
  assert.deepEqual(await service.states(), ["pending"]);
});

Deno.test("a database that is closed gives 503 and JSON", async () => {
  await using _logs = await collectLogs();
  await using service = new Service();
  await service.outbox[Symbol.asyncDispose]();
  const response = await service.push(synapseInvite());
  assert.deepEqual([response.status, (await response.json()).errcode], [503, "M_UNKNOWN"]);
  await service.crash();
  assert.equal((await service.push(synapseInvite())).status, 200);
  assert.deepEqual(await service.states(), ["pending"]);
});
