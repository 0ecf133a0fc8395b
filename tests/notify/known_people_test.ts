import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import { inviteRules, NO_INVITE_RULES } from "../../src/identity/invite_rules.ts";
import { type KnowledgeOptions, type KnownPerson, NEVER } from "../../src/identity/knowledge.ts";
import { DAY, HOUR, MINUTE } from "../../src/settings/duration.ts";
import { answer, MADE_AT, synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, POLICY, Service } from "../fakes/notify/service.ts";
import { thoroughTest } from "../thorough.ts";

const ALICE = "@alice:example.org";
const NOTHING: KnownPerson = { invites: NO_INVITE_RULES };
const IGNORES_ALICE: KnownPerson = {
  invites: inviteRules({ "m.ignored_user_list": { ignored_users: { [ALICE]: {} } } }),
};

/** A service whose homeserver knows what the test says. */
function knowingService() {
  const service = new Service();
  const questions: KnowledgeOptions[] = [];
  const knowledge = {
    person: NOTHING as KnownPerson | undefined,
    ask(_user: UserId, options: KnowledgeOptions = {}) {
      questions.push(options);
      return Promise.resolve(this.person);
    },
  };
  service.knowledge = knowledge;
  return { service, knowledge, questions };
}

Deno.test("an invitation by somebody whom the invitee ignores ends without a lookup", async () => {
  const { service, knowledge } = knowingService();
  await using _ended = service;
  knowledge.person = IGNORES_ALICE;
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DAY);
  assert.deepEqual(await service.states(), ["skipped (the invitee ignores the inviter)"]);
  assert.deepEqual([service.people.lookups, service.mailed()], [[], []]);
});

Deno.test("what the invitee chooses after the lookup counts as well, and for the reminder", async () => {
  const { service, knowledge } = knowingService();
  await using _ended = service;
  service.reminder = 3 * DAY;
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  knowledge.person = IGNORES_ALICE;
  await service.clock.advance(4 * DAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  assert.deepEqual(await service.states(), ["resolved sent cancelled"]);
});

Deno.test("a mail that is taken back before it is sent ends the invitation with its reason", async () => {
  const { service, knowledge, questions } = knowingService();
  await using _ended = service;
  const ask = knowledge.ask;
  // Blocked between the lookup and the sending.
  knowledge.ask = function (...question) {
    this.person = questions.length === 0 ? NOTHING : IGNORES_ALICE;
    return ask.apply(this, question);
  };
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DAY);
  assert.deepEqual(await service.states(), ["skipped (the invitee ignores the inviter) cancelled"]);
  assert.deepEqual(service.mailed(), []);
  assert.equal(questions.length, 2);
});

Deno.test("a homeserver that cannot be asked costs no mail", async () => {
  const { service, knowledge } = knowingService();
  await using _ended = service;
  knowledge.person = undefined;
  service.activeWithin = HOUR;
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
});

Deno.test("a mail waits for somebody who used a client before the invitation, and is sent then", async () => {
  const { service, knowledge, questions } = knowingService();
  await using _ended = service;
  service.activeWithin = 5 * MINUTE;
  const lastActive = service.clock.now() - MINUTE;
  knowledge.person = { ...NOTHING, lastActive };
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(4 * MINUTE - 1);
  assert.deepEqual(service.mailed(), []);
  await service.clock.advance(1);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  assert.deepEqual(questions.map(({ activity = false }) => activity), [false, true, true]);
});

Deno.test("a mail that waits is not sent to somebody who uses a client meanwhile", async () => {
  const { service, knowledge } = knowingService();
  await using _ended = service;
  service.activeWithin = 5 * MINUTE;
  knowledge.person = { ...NOTHING, lastActive: service.clock.now() - MINUTE };
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(MINUTE);
  knowledge.person = { ...NOTHING, lastActive: service.clock.now() };
  await service.clock.advance(DAY);
  assert.deepEqual(service.mailed(), []);
  assert.deepEqual(await service.states(), [
    "skipped (the invitee used a client meanwhile) cancelled",
  ]);
});

Deno.test("a mail that waits for its recipient is cancelled by an answer", async () => {
  const { service, knowledge } = knowingService();
  await using _ended = service;
  service.activeWithin = 5 * MINUTE;
  knowledge.person = { ...NOTHING, lastActive: service.clock.now() - MINUTE };
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(MINUTE);
  await service.push(answer("join"));
  await service.clock.advance(DAY);
  assert.deepEqual(await service.states(), ["cancelled (joined) cancelled"]);
});

Deno.test("a service that stops while it asks gives the work back, and sends nothing", async () => {
  const { service, knowledge } = knowingService();
  await using _ended = service;
  const asked = Promise.withResolvers<void>();
  const reply = Promise.withResolvers<undefined>();
  knowledge.ask = () => {
    asked.resolve();
    return reply.promise;
  };
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY);
  await asked.promise;
  const stopped = service.stop();
  reply.resolve(undefined);
  await stopped;
  assert.deepEqual([await service.states(), service.mailed()], [["pending"], []]);
});

const THEMSELF = "the invitee used a client when they joined the room, or since";

/** A service that tells people that they were added, with a reminder. */
function addingService() {
  const all = knowingService();
  all.service.policy = { ...POLICY, added: true };
  all.service.reminder = 3 * DAY;
  all.knowledge.person = { ...NOTHING, lastActive: NEVER };
  return all;
}

Deno.test("whom the homeserver joined is told once that they were added", async () => {
  const { service, questions } = addingService();
  await using _ended = service;
  service.start();
  await service.push(synapseInvite(), answer("join"));
  await service.clock.advance(DELAY - 1);
  assert.deepEqual(service.mailed(), []);
  await service.clock.advance(1);
  assert.deepEqual(service.mailed(), ["bob@mail.example"]);
  assert.deepEqual(service.renderer.models[0]?.invitations.map(({ added }) => added), [true]);
  assert.deepEqual(questions.map(({ activity }) => activity), [true, true]);
  await service.clock.advance(4 * DAY);
  assert.deepEqual(await service.states(), ["resolved sent"]);
});

Deno.test("who joined by a client is not even looked up", async () => {
  const { service, knowledge } = addingService();
  await using _ended = service;
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY - 1);
  await service.push(answer("join"));
  knowledge.person = { ...NOTHING, lastActive: MADE_AT };
  await service.clock.advance(DAY);
  assert.deepEqual(await service.states(), [`skipped (${THEMSELF})`]);
  assert.deepEqual([service.people.lookups, service.mailed()], [[], []]);
});

Deno.test("who sees the room after the lookup, before the mail is sent, is not told", async () => {
  const { service, knowledge, questions } = addingService();
  await using _ended = service;
  const ask = knowledge.ask;
  knowledge.ask = function (...question) {
    if (questions.length > 0) this.person = { ...NOTHING, lastActive: service.clock.now() };
    return ask.apply(this, question);
  };
  service.start();
  await service.push(synapseInvite(), answer("join"));
  await service.clock.advance(DAY);
  assert.deepEqual(service.mailed(), []);
  assert.deepEqual(await service.states(), [`skipped (${THEMSELF}) cancelled`]);
});

Deno.test("a join waits for a homeserver that cannot be asked, an invitation does not", async () => {
  const { service, knowledge } = addingService();
  await using _ended = service;
  const reply = knowledge.person;
  knowledge.person = undefined;
  service.start();
  await service.push(synapseInvite(), answer("join"));
  await service.push(synapseInvite({ room_id: "!other:example.org", event_id: "$other" }));
  await service.clock.advance(HOUR);
  assert.deepEqual(service.renderer.models.map(({ invitations: [first] }) => first?.added), [
    false,
  ]);
  knowledge.person = reply;
  await service.clock.advance(HOUR);
  assert.deepEqual(service.renderer.models.map(({ invitations: [first] }) => first?.added), [
    false,
    true,
  ]);
});

thoroughTest("after five days nobody waits for the homeserver any longer", async () => {
  const { service, knowledge } = addingService();
  await using _ended = service;
  knowledge.person = undefined;
  service.start();
  await service.push(synapseInvite(), answer("join"));
  await service.clock.advance(6 * DAY);
  assert.deepEqual(await service.states(), [
    "failed (the homeserver cannot be asked whether the invitee joined by a client)",
  ]);
});

Deno.test("where it is no longer told, what waited ends", async () => {
  const { service } = addingService();
  await using _ended = service;
  await service.push(synapseInvite(), answer("join"));
  service.policy = POLICY;
  service.start();
  await service.clock.advance(DAY);
  assert.deepEqual(await service.states(), ["skipped (joined)"]);
});
