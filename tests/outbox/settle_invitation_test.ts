import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import type { InvitationOutcome, NewMail } from "../../src/outbox/port.ts";
import {
  type HeldInvitation,
  type InvitationCircumstances,
  parkInvitation,
  settleInvitation,
} from "../../src/outbox/settle_invitation.ts";
import type { StopScope } from "../../src/outbox/suppressions.ts";

const NOW = 1000;
const INVITATION: HeldInvitation = {
  id: 7,
  invitee: "@bob:example.org",
  own: true,
  attempts: 2,
  facts: { room: { kind: "room", topic: "Plans", encrypted: true }, reason: "hello" },
};
const WORK = mail("bob@work.example");
const HOME = mail("bob@home.example");

function mail(address: string): NewMail {
  return {
    address: address as EmailAddress,
    addressKey: address,
    messageId: `<${address}>`,
    recipient: { name: "Bob" },
  };
}

function hashOf({ addressKey }: NewMail): Uint8Array {
  return new TextEncoder().encode(addressKey);
}

/** What is known when these mails' addresses have these suppressions, none unless given. */
function circumstances(
  mails: readonly NewMail[] = [],
  suppressed: readonly (readonly StopScope[])[] = [],
): InvitationCircumstances {
  const addresses = mails.map((mail, index) => ({
    hash: hashOf(mail),
    suppressed: suppressed[index] ?? [],
  }));
  return { now: NOW, addresses };
}

function line(step: string, data: Record<string, unknown>) {
  return { kind: "add timeline", of: { invitation: 7 }, at: NOW, step, data };
}

function queued(mail: NewMail) {
  return {
    kind: "queue mail",
    invitations: [7],
    userId: "@bob:example.org",
    mail,
    addressHash: hashOf(mail),
    own: true,
    at: NOW,
  };
}

const RESOLVED = {
  kind: "resolve invitation",
  id: 7,
  at: NOW,
  inviterName: undefined,
  facts: undefined,
};
const BOTH: InvitationOutcome = { kind: "resolved", mails: [WORK, HOME] };

interface Case {
  readonly invitation?: Partial<HeldInvitation>;
  readonly outcome: InvitationOutcome;
  readonly circumstances?: InvitationCircumstances;
  readonly result: unknown;
  readonly makesWork: boolean;
  readonly writes: readonly unknown[];
}

const SETTLED = { kind: "settled" };
const CASES: Readonly<Record<string, Case>> = {
  "a released invitation waits as before": {
    outcome: { kind: "released" },
    result: SETTLED,
    makesWork: true,
    writes: [{ kind: "requeue", work: "invitations", id: 7 }],
  },
  "a skipped invitation ends with its reason": {
    outcome: { kind: "skipped", reason: "no address" },
    result: SETTLED,
    makesWork: false,
    writes: [
      { kind: "end invitation", id: 7, state: "skipped", reason: "no address" },
      line("skipped", { reason: "no address" }),
    ],
  },
  "the history of a skipped invitation has what the stores said": {
    outcome: { kind: "skipped", reason: "no profile", stores: ["ldap: no such user"] },
    result: SETTLED,
    makesWork: false,
    writes: [
      { kind: "end invitation", id: 7, state: "skipped", reason: "no profile" },
      line("skipped", { reason: "no profile", stores: ["ldap: no such user"] }),
    ],
  },
  "a failed invitation ends with its reason": {
    outcome: { kind: "failed", reason: "store down" },
    result: SETTLED,
    makesWork: false,
    writes: [
      { kind: "end invitation", id: 7, state: "failed", reason: "store down" },
      line("failed", { reason: "store down" }),
    ],
  },
  "a first deferral counts, and says since when": {
    invitation: { attempts: 0 },
    outcome: { kind: "deferred", reason: "store down", until: 5000 },
    result: SETTLED,
    makesWork: true,
    writes: [
      {
        kind: "defer invitation",
        ...{ id: 7, until: 5000, reason: "store down", attempts: 1, deferredSince: NOW },
        outageAt: undefined,
      },
      line("deferred", { reason: "store down", until: 5000 }),
    ],
  },
  "a later deferral keeps the time of the first": {
    invitation: { deferredSince: 10 },
    outcome: { kind: "deferred", reason: "store down", until: 5000 },
    result: SETTLED,
    makesWork: true,
    writes: [
      {
        kind: "defer invitation",
        ...{ id: 7, until: 5000, reason: "store down", attempts: 3, deferredSince: 10 },
        outageAt: undefined,
      },
      line("deferred", { reason: "store down", until: 5000 }),
    ],
  },
  "a deferral in an outage is marked with its time": {
    invitation: { deferredSince: 10 },
    outcome: { kind: "deferred", reason: "store down", until: 5000, outage: true },
    result: SETTLED,
    makesWork: true,
    writes: [
      {
        kind: "defer invitation",
        ...{ id: 7, until: 5000, reason: "store down", attempts: 3, deferredSince: 10 },
        outageAt: NOW,
      },
      line("deferred", { reason: "store down", until: 5000 }),
    ],
  },
  "a resolved invitation has a mail for each address, with the address's hash": {
    outcome: BOTH,
    circumstances: circumstances([WORK, HOME]),
    result: SETTLED,
    makesWork: true,
    writes: [
      RESOLVED,
      queued(WORK),
      queued(HOME),
      { ...line("resolved", {}), listsQueued: true },
    ],
  },
  "a resolved invitation without addresses is resolved": {
    outcome: { kind: "resolved", mails: [] },
    circumstances: circumstances(),
    result: SETTLED,
    makesWork: true,
    writes: [RESOLVED, { ...line("resolved", {}), listsQueued: true }],
  },
  "names from elsewhere are kept, and the event's other facts as well": {
    outcome: { kind: "resolved", mails: [], inviterName: "Alice A.", room: { name: "Ours" } },
    circumstances: circumstances(),
    result: SETTLED,
    makesWork: true,
    writes: [
      {
        ...RESOLVED,
        inviterName: "Alice A.",
        facts: {
          room: { kind: "room", name: "Ours", alias: undefined, topic: "Plans", encrypted: true },
          reason: "hello",
        },
      },
      { ...line("resolved", {}), listsQueued: true },
    ],
  },
  "the event's own name of the room is not lost to one that is not known": {
    invitation: { facts: { room: { kind: "room", name: "Plans", encrypted: false } } },
    outcome: { kind: "resolved", mails: [], room: { name: undefined, alias: "#a:x.org" } },
    circumstances: circumstances(),
    result: SETTLED,
    makesWork: true,
    writes: [
      {
        ...RESOLVED,
        facts: { room: { kind: "room", name: "Plans", alias: "#a:x.org", encrypted: false } },
      },
      { ...line("resolved", {}), listsQueued: true },
    ],
  },
  "an address that stopped such mails has none, and the history says so": {
    outcome: BOTH,
    circumstances: circumstances([WORK, HOME], [["room", "all"], []]),
    result: SETTLED,
    makesWork: true,
    writes: [
      RESOLVED,
      line("suppressed", { scopes: ["all", "room"] }),
      queued(HOME),
      { ...line("resolved", {}), listsQueued: true },
    ],
  },
  "an invitation that all addresses stopped ends": {
    outcome: BOTH,
    circumstances: circumstances([WORK, HOME], [["inviter"], ["all", "inviter"]]),
    result: { kind: "suppressed", scopes: ["all", "inviter"] },
    makesWork: false,
    writes: [
      { kind: "end invitation", id: 7, state: "skipped", reason: "suppressed" },
      line("skipped", { reason: "suppressed", scopes: ["all", "inviter"] }),
    ],
  },
};

for (
  const [name, { invitation, outcome, circumstances: given, ...expected }] of Object.entries(CASES)
) {
  Deno.test(name, () => {
    const settlement = settleInvitation(
      { ...INVITATION, ...invitation },
      outcome,
      given ?? circumstances(),
    );
    assert.deepEqual(settlement, expected);
  });
}

Deno.test("a mail whose address was not looked up is a defect, and is not queued", () => {
  assert.throws(() => settleInvitation(INVITATION, BOTH, circumstances([WORK])), TypeError);
});

Deno.test("an invitation that waits for a limit says so once", () => {
  const PLACE = { wakeAt: 9000, turn: 40 };
  const parked = {
    kind: "park",
    ...{ work: "invitations", id: 7, limit: "server", ...PLACE, reason: "server limit" },
  };
  assert.deepEqual(parkInvitation({ id: 7, reason: "inviter limit" }, "server", PLACE, NOW), [
    parked,
    line("limited", { reason: "server limit" }),
  ]);
  assert.deepEqual(parkInvitation({ id: 7, reason: "server limit" }, "server", PLACE, NOW), [
    parked,
  ]);
});
