import assert from "node:assert/strict";
import { DAY, HOUR, SECOND } from "../../src/domain/duration.ts";
import { compileGlob } from "../../src/domain/glob.ts";
import { StoreError } from "../../src/identity/port.ts";
import { type Policy, resolveInvitation } from "../../src/notify/resolve.ts";
import {
  type ClaimedInvitation,
  type InvitationOutcome,
  OutboxError,
} from "../../src/outbox/port.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { collectLogs } from "../fakes/log_records.ts";
import { people, type Person } from "../fakes/people.ts";
import { POLICY, userId } from "../fakes/service.ts";
import { settlements } from "../fakes/settlements.ts";

const BOB = "@bob:example.org";
const ALICE = "@alice:example.org";
const MAIL = { addresses: ["bob@mail.example"] };
const NEVER = new AbortController().signal;

const INVITATION: ClaimedInvitation = {
  id: 7,
  fence: 1,
  roomId: "!plans:example.org",
  invitee: userId(BOB),
  inviter: ALICE,
  attempts: 0,
  facts: { room: { kind: "room", encrypted: false } },
};

interface Case {
  readonly invitation?: Partial<ClaimedInvitation>;
  readonly known?: Record<string, Person | Error>;
  readonly outage?: Error;
  readonly policy?: Partial<Policy>;
  readonly random?: number;
  readonly signal?: AbortSignal;
}

/** Resolves one invitation with fakes around it. */
async function resolve(given: Case) {
  await using logs = await collectLogs();
  const store = people(given.known ?? { [BOB]: MAIL });
  store.outage = given.outage;
  const outbox = settlements();
  const clock = new FakeClock();
  await resolveInvitation({ ...INVITATION, ...given.invitation }, {
    outbox,
    people: store,
    domain: "example.org",
    policy: { ...POLICY, ...given.policy },
    clock,
    random: () => given.random ?? 0.5,
  }, given.signal ?? NEVER);
  assert.equal(outbox.invitations.length, 1);
  return {
    outcome: outbox.invitations[0] as InvitationOutcome,
    now: clock.now(),
    logs,
    lookups: store.lookups,
  };
}

function person(known: Person, changes: Omit<Case, "known"> = {}): Case {
  return { ...changes, known: { [changes.invitation?.invitee ?? BOB]: known } };
}

const upperCase = { invitee: userId("@BOB:example.org") };
const SKIPPED: readonly [name: string, reason: string, given: Case][] = [
  ["nobody knows", "no profile", { known: {} }],
  ["has no address", "no address", person({})],
  ["is locked", "locked", person({ ...MAIL, state: "locked" })],
  ["is deactivated", "deactivated", person({ ...MAIL, state: "deactivated" })],
  [
    "is named in upper case, in a store that ignores case",
    "no user of exactly this ID",
    person(MAIL, { invitation: upperCase }),
  ],
  [
    "is named in upper case, and the store's in lower case",
    "no user of exactly this ID",
    person({ ...MAIL, id: BOB }, { invitation: upperCase }),
  ],
  ["is not in notify.only", "not in notify.only", {
    policy: { only: [compileGlob("@carol:*"), compileGlob("@dave:*")] },
  }],
  ["is in notify.except", "in notify.except", {
    policy: { except: [compileGlob("@b*:example.org")] },
  }],
  ["is in notify.only and in notify.except", "in notify.except", {
    policy: { only: [compileGlob("@bob:*")], except: [compileGlob("@bob:*")] },
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
  const { lookups } = await resolve({ policy: { except: [compileGlob("*")] } });
  assert.deepEqual(lookups, []);
});

Deno.test("an invitee in notify.only has a mail", async () => {
  const { outcome } = await resolve({ policy: { only: [compileGlob("@bob:*")] } });
  assert.equal(outcome.kind, "resolved");
});

Deno.test("an invitee in upper case whom the store knows by exactly that ID has a mail", async () => {
  const { outcome } = await resolve(
    person({ ...MAIL, id: upperCase.invitee }, { invitation: upperCase }),
  );
  assert.equal(outcome.kind, "resolved");
});

Deno.test("an invitee whose server alone is in upper case is the same person", async () => {
  const { outcome } = await resolve(
    person(MAIL, { invitation: { invitee: userId("@bob:EXAMPLE.org") } }),
  );
  assert.equal(outcome.kind, "resolved");
});

const TWO: Person = {
  addresses: ["Bob+matrix@Mail.Example", "bob@work.example"],
  displayName: "Bob B.",
  language: "de",
  timeZone: "Europe/Berlin",
};

Deno.test("all addresses have a mail each, with the recipient's name, language and time zone", async () => {
  const { outcome } = await resolve(person(TWO));
  const recipient = { name: "Bob B.", language: "de", timeZone: "Europe/Berlin" };
  assert.deepEqual(outcome, {
    kind: "resolved",
    mails: [
      { address: "Bob+matrix@mail.example", addressKey: "bob@mail.example", recipient },
      { address: "bob@work.example", addressKey: "bob@work.example", recipient },
    ],
  });
});

Deno.test("the first address alone has a mail when the policy says so", async () => {
  const { outcome } = await resolve(person(TWO, { policy: { addresses: "first" } }));
  assert.deepEqual(
    outcome.kind === "resolved" && outcome.mails.map(({ address }) => address),
    ["Bob+matrix@mail.example"],
  );
});

const INVITERS: readonly [
  name: string,
  inviter: string,
  known: Record<string, Person | Error>,
  inviterName?: string,
][] = [
  ["a local inviter is announced by the store's name", ALICE, {
    [ALICE]: { displayName: "Alice A." },
  }, "Alice A."],
  ["a local inviter without an address as well", ALICE, {
    [ALICE]: { displayName: "A", addresses: [] },
  }, "A"],
  ["a local inviter whom no store knows has no name from there", ALICE, {}],
  ["a remote namesake does not get a local person's name", "@alice:evil.example", {
    [ALICE]: { displayName: "Alice A." },
    "@alice:evil.example": { displayName: "Alice A." },
  }],
  ["a namesake on another port is remote", "@alice:example.org:8448", {
    "@alice:example.org:8448": { displayName: "Alice A." },
  }],
  ["a namesake in upper case does not get a local person's name", "@ALICE:example.org", {
    "@ALICE:example.org": { id: ALICE, displayName: "Alice A." },
  }],
  ["an inviter in upper case whom the store knows so has that name", "@ALICE:example.org", {
    "@ALICE:example.org": { id: "@ALICE:example.org", displayName: "ALICE" },
  }, "ALICE"],
  ["an inviter who is no user ID is not looked up", "@al ice:example.org", {
    "@al ice:example.org": { displayName: "Alice A." },
  }],
  ["a failing lookup of the inviter holds nothing up", ALICE, {
    [ALICE]: new StoreError("ldap", "temporary", "down"),
  }],
  ["a defect in looking up the inviter holds nothing up", ALICE, { [ALICE]: new TypeError("bug") }],
];
for (const [name, inviter, known, inviterName] of INVITERS) {
  Deno.test(name, async () => {
    const { outcome } = await resolve({
      invitation: { inviter },
      known: { [BOB]: MAIL, ...known },
    });
    assert.equal(outcome.kind, "resolved");
    assert.equal(outcome.kind === "resolved" && outcome.inviterName, inviterName);
  });
}

const FAILURES: readonly [
  name: string,
  error: Error,
  reason: string,
  level: "warning" | "error",
][] = [
  ["is down", new StoreError("ldap", "temporary", "refused"), "ldap: refused", "warning"],
  [
    "refuses us",
    new StoreError("ldap", "misconfigured", "bad password"),
    "ldap: bad password",
    "error",
  ],
  ["has a defect", new TypeError("x is not a function"), "the lookup failed", "error"],
];
for (const [name, outage, reason, level] of FAILURES) {
  Deno.test(`a store that ${name} defers the invitation, and that is logged as ${level}`, async () => {
    const { outcome, now, logs } = await resolve({ outage });
    assert.deepEqual(outcome, { kind: "deferred", reason, until: now + 10 * SECOND });
    assert.equal(logs.at(level).length, 1);
    assert.equal(logs.at(level)[0]?.[1].reason, reason);
  });
}

Deno.test("pauses grow from ten seconds to an hour, and vary by a fifth", async () => {
  async function pause(attempts: number, random: number): Promise<number> {
    const outage = new StoreError("ldap", "temporary", "down");
    const { outcome, now } = await resolve({ outage, random, invitation: { attempts } });
    assert.ok(outcome.kind === "deferred");
    return outcome.until - now;
  }
  const pauses = [];
  for (const attempts of [0, 1, 2, 5, 9, 100, 1e9]) {
    pauses.push(await pause(attempts, 0.5) / SECOND);
  }
  assert.deepEqual(pauses, [10, 20, 40, 320, 3600, 3600, 3600]);
  assert.deepEqual([await pause(0, 0), await pause(0, 1)], [8 * SECOND, 12 * SECOND]);
});

Deno.test("an invitation is given up after five days of failures and no sooner", async () => {
  const now = new FakeClock().now();
  const outage = new StoreError("ldap", "temporary", "down");
  const before = await resolve({
    outage,
    invitation: { attempts: 120, deferredSince: now - 5 * DAY + 1 },
  });
  assert.equal(before.outcome.kind, "deferred");
  const { outcome, logs } = await resolve({
    outage,
    invitation: { attempts: 120, deferredSince: now - 5 * DAY },
  });
  assert.deepEqual(outcome, { kind: "failed", reason: "ldap: down" });
  assert.deepEqual(logs.at("error").map(([text]) => text), ["invite failed"]);
});

Deno.test("an invitation that waited long is still resolved when the store is back", async () => {
  const { outcome } = await resolve({
    invitation: { attempts: 120, deferredSince: new FakeClock().now() - 6 * DAY },
  });
  assert.equal(outcome.kind, "resolved");
});

Deno.test("a stop gives an invitation back, at whatever point it comes", async () => {
  assert.deepEqual((await resolve({ signal: AbortSignal.abort() })).outcome, { kind: "released" });

  const stop = new AbortController();
  const store = people({ [BOB]: MAIL });
  const outbox = settlements();
  await resolveInvitation(INVITATION, {
    outbox,
    people: {
      findProfile(user, options) {
        // The inviter's turn.
        if (user === ALICE) stop.abort();
        return store.findProfile(user, options);
      },
    },
    domain: "example.org",
    policy: POLICY,
    clock: new FakeClock(),
    random: () => 0.5,
  }, stop.signal);
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
  const resolved = resolveInvitation(INVITATION, {
    outbox,
    people: people({ [BOB]: MAIL }),
    domain: "example.org",
    policy: POLICY,
    clock,
    random: () => 0.5,
  }, NEVER);
  await clock.advance(HOUR);
  await resolved;
  assert.equal(outbox.invitations.length, 1);
});

for (
  const [result, level, text] of [
    [{ kind: "lost" }, "info", "invite answered meanwhile"],
    [{ kind: "limited", until: 99 }, "warning", "inviter's limit reached, invite waits"],
    [{ kind: "settled", mails: [3, 4] }, "info", "mails queued"],
  ] as const
) {
  Deno.test(`an invitation that is ${result.kind} is logged as "${text}"`, async () => {
    await using logs = await collectLogs();
    const outbox = settlements();
    outbox.result = result;
    await resolveInvitation(INVITATION, {
      outbox,
      people: people({ [BOB]: MAIL }),
      domain: "example.org",
      policy: POLICY,
      clock: new FakeClock(),
      random: () => 0.5,
    }, NEVER);
    assert.equal(logs.at(level).at(-1)?.[0], text);
    assert.equal(logs.at(level).at(-1)?.[1].invitation, 7);
  });
}
