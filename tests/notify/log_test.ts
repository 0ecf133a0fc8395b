import assert from "node:assert/strict";
import { StoreError } from "../../src/identity/port.ts";
import { HOUR } from "../../src/settings/duration.ts";
import { deferred } from "../fakes/mail/recording_transport.ts";
import { answer, synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, HS_TOKEN, Service } from "../fakes/notify/service.ts";
import { collectLogs, type LogRecords } from "../fakes/system/log_records.ts";

/** Private facts of events and stores, which the log must not have. */
const PRIVATE = [
  "bob@mail.example",
  "mail.example",
  "Bob B.",
  "Alice",
  "Plans",
  "#plans",
  "What we do in 2027",
  "kick-off",
  HS_TOKEN,
];

function assertDiscreet(logs: LogRecords): void {
  const spoken = logs.text();
  assert.notEqual(spoken, "");
  for (const text of PRIVATE) assert.ok(!spoken.includes(text), `${text} is in:\n${spoken}`);
}

Deno.test("each step of an invite is one line at info, with identifiers and nothing private", async () => {
  await using logs = await collectLogs();
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  const dueAt = service.clock.now() + DELAY;
  await service.clock.advance(HOUR);
  const messageId = service.transport.sent[0]?.messageId;
  assert.deepEqual(logs.at("info"), [
    ["invite seen", {
      invitation: 1,
      room: "!plans:example.org",
      invitee: "@bob:example.org",
      inviter: "@alice:example.org",
      dueAt,
      replaces: undefined,
    }],
    ["invite due", { invitation: 1, attempt: 1 }],
    ["mails queued", { invitation: 1, mails: [1] }],
    ["mail sent", { mail: 1, invitations: [1], attempt: 1, messageId, response: "250 2.0.0 Ok" }],
  ]);
  assertDiscreet(logs);
});

Deno.test("an invite that is answered in time is two lines at info", async () => {
  await using logs = await collectLogs();
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.push(answer("join"));
  await service.clock.advance(HOUR);
  assert.deepEqual(logs.at("info").map(([text]) => text), ["invite seen", "invite answered"]);
  assert.deepEqual(logs.at("info")[1]?.[1], { invitations: [1], how: "joined", cancelledMails: 0 });
});

Deno.test("a second invite to a room that was mailed is one line", async () => {
  await using logs = await collectLogs();
  await using service = new Service();
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  await service.push(synapseInvite({
    sender: "@carol:example.org",
    unsigned: { prev_content: { membership: "invite" } },
  }));
  assert.deepEqual(logs.at("info").at(-1), ["invite merged", { invitation: 1 }]);
});

Deno.test("a replay logs nothing above debug", async () => {
  await using logs = await collectLogs();
  await using service = new Service();
  await service.push(synapseInvite());
  const before = logs.at("info").length;
  await service.push(synapseInvite());
  assert.equal(logs.at("info").length, before);
  assert.deepEqual(logs.at("debug").at(-1), ["event already known", { kind: "invite" }]);
});

Deno.test("no failure makes the log reveal anything private", async () => {
  await using logs = await collectLogs();
  await using service = new Service();
  service.people.outage = new StoreError("ldap", "misconfigured", "invalid credentials");
  service.transport.next(
    deferred(),
    deferred({ fault: "ours", stage: "auth", reason: "535 5.7.8" }),
    { kind: "rejected", stage: "recipient", reason: "no such mailbox", replyCode: 550 },
  );
  service.start();
  await service.push(
    synapseInvite(),
    synapseInvite({ state_key: "@bob@mail.example:x y:example.org" }),
    synapseInvite({ state_key: "@bo b:example.org", room_id: "nonsense" }),
    synapseInvite({ state_key: "@nobody:example.org" }),
    synapseInvite({ state_key: "@carol:example.org" }, {
      third_party_invite: { display_name: "bob@mail.example" },
    }),
    "Plans",
    { type: "m.room.member", content: "What we do in 2027" },
  );
  await service.clock.advance(HOUR);
  service.people.outage = undefined;
  await service.clock.advance(5 * HOUR);
  await service.put('{"events":"kick-off","membership":"invite"}');
  assert.ok(logs.at("warning").length > 0 && logs.at("error").length > 0);
  assertDiscreet(logs);
});
