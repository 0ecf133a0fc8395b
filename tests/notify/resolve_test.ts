import assert from "node:assert/strict";
import { resolveInvitation, type ResolveOptions } from "../../src/notify/resolve.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import { HOUR } from "../../src/settings/duration.ts";
import { compileGlob } from "../../src/text/glob.ts";
import { people, type Person } from "../fakes/notify/people.ts";
import {
  ALICE,
  BOB,
  type Case,
  INVITATION,
  MAIL,
  NEVER,
  resolve,
  resolveOptions,
} from "../fakes/notify/resolving.ts";
import { settlements } from "../fakes/notify/settlements.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

function person(known: Person, changes: Omit<Case, "known"> = {}): Case {
  return { ...changes, known: { [changes.invitation?.invitee ?? BOB]: known } };
}

const SKIPPED: readonly [name: string, reason: string, given: Case][] = [
  ["nobody knows", "no profile", { known: {} }],
  ["is locked", "locked", person({ ...MAIL, state: "locked" })],
  ["is in notify.except", "in notify.except", {
    policy: { invitees: { only: [], except: [compileGlob("@b*:example.org")] } },
  }],
];
for (const [name, reason, given] of SKIPPED) {
  Deno.test(`an invitee who ${name} has no mail`, async () => {
    const { outcome, logs } = await resolve(given);
    assert.deepEqual(outcome, { kind: "skipped", reason });
    assert.deepEqual(logs.at("info").at(-1), ["invite skipped", { invitation: 7, reason }]);
  });
}

Deno.test("an invitee whom the policy leaves out is not looked up", async () => {
  const { lookups } = await resolve({
    policy: { invitees: { only: [], except: [compileGlob("*")] } },
  });
  assert.deepEqual(lookups, []);
});

const TWO: Person = {
  addresses: ["Bob+matrix@Mail.Example", "bob@work.example"],
  displayName: "Bob B.",
  language: "de",
  timeZone: "Europe/Berlin",
};

Deno.test("each address has a mail, with the recipient's name, language and time zone", async () => {
  const { outcome } = await resolve(person(TWO));
  const recipient = {
    name: "Bob B.",
    language: "de",
    timeZone: "Europe/Berlin",
    hasAccount: undefined,
  };
  assert.deepEqual(outcome, {
    kind: "resolved",
    mails: [
      {
        address: "Bob+matrix@mail.example",
        addressKey: "bob@mail.example",
        messageId: "<1@example.org>",
        recipient,
        failover: [],
      },
      {
        address: "bob@work.example",
        addressKey: "bob@work.example",
        messageId: "<2@example.org>",
        recipient,
        failover: [],
      },
    ],
    inviterName: undefined,
    room: undefined,
  });
});

Deno.test("with failover the first address has a mail, and the others wait with it", async () => {
  const { outcome } = await resolve(person(TWO, { policy: { addresses: "failover" } }));
  assert(outcome?.kind === "resolved");
  assert.deepEqual(
    outcome.mails.map(({ address, messageId, failover }) => [address, messageId, failover]),
    [
      [
        "Bob+matrix@mail.example",
        "<1@example.org>",
        [{ address: "bob@work.example", messageId: "<2@example.org>" }],
      ],
    ],
  );
});

Deno.test("a stop gives an invitation back, at whatever point it comes", async () => {
  assert.deepEqual((await resolve({ signal: AbortSignal.abort() })).outcome, { kind: "released" });

  const stop = new AbortController();
  const store = people({ [BOB]: MAIL });
  const outbox = settlements();
  const stopping: ResolveOptions["people"] = {
    findProfile(user, options) {
      // The second lookup is the inviter's.
      if (user === ALICE) stop.abort();
      return store.findProfile(user, options);
    },
  };
  await resolveInvitation(INVITATION, resolveOptions({ outbox, people: stopping }), stop.signal);
  assert.deepEqual(outbox.invitations, [{ kind: "released" }]);
});

Deno.test("an invitation is settled once the database takes it", async () => {
  await using _logs = await collectLogs();
  const outbox = settlements();
  outbox.failures.push(
    new OutboxError("unavailable", "busy"),
    new OutboxError("unavailable", "busy"),
  );
  const clock = new FakeClock();
  const resolved = resolveInvitation(INVITATION, resolveOptions({ outbox, clock }), NEVER);
  await clock.advance(HOUR);
  await resolved;
  assert.equal(outbox.invitations.length, 1);
});

for (
  const [result, level, text] of [
    [{ kind: "lost" }, "info", "invite answered meanwhile"],
    [{ kind: "settled", mails: [3, 4] }, "info", "mails queued"],
  ] as const
) {
  Deno.test(`an invitation that is ${result.kind} is logged as "${text}"`, async () => {
    await using logs = await collectLogs();
    const outbox = settlements();
    outbox.result = result;
    await resolveInvitation(INVITATION, resolveOptions({ outbox }), NEVER);
    assert.equal(logs.at(level).at(-1)?.[0], text);
    assert.equal(logs.at(level).at(-1)?.[1].invitation, 7);
  });
}
