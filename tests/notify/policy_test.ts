import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import { StoreError } from "../../src/identity/port.ts";
import {
  decideAfterFailure,
  decideAfterLookup,
  decideBeforeLookup,
  type Policy,
} from "../../src/notify/policy.ts";
import type { Recipient } from "../../src/outbox/port.ts";
import { DAY, SECOND } from "../../src/settings/duration.ts";
import { compileGlob } from "../../src/text/glob.ts";
import { type Person, profileOf } from "../fakes/notify/people.ts";
import { BOB, MAIL } from "../fakes/notify/resolving.ts";
import { POLICY, userId } from "../fakes/notify/service.ts";

const NOW = Date.UTC(2027, 0, 4);

const BEFORE: readonly [name: string, policy: Partial<Policy>, reason?: string][] = [
  ["is looked up", {}],
  ["in notify.only is looked up", { only: [compileGlob("@bob:*")] }],
  ["not in notify.only is skipped", {
    only: [compileGlob("@carol:*"), compileGlob("@dave:*")],
  }, "not in notify.only"],
  ["not in notify.except is looked up", { except: [compileGlob("@carol:*")] }],
  ["in notify.except is skipped", { except: [compileGlob("@b*:example.org")] }, "in notify.except"],
  ["in notify.only and in notify.except is skipped", {
    only: [compileGlob("@bob:*")],
    except: [compileGlob("@bob:*")],
  }, "in notify.except"],
];
for (const [name, policy, reason] of BEFORE) {
  Deno.test(`before the lookup: an invitee ${name}`, () => {
    const decision = decideBeforeLookup({ invitee: userId(BOB) }, { ...POLICY, ...policy });
    assert.deepEqual(decision, reason === undefined ? undefined : { kind: "skipped", reason });
  });
}

const UPPER = "@BOB:example.org";
const SKIPPED: readonly [name: string, reason: string, person?: Person, invitee?: string][] = [
  ["nobody knows", "no profile"],
  ["has no address", "no address", {}],
  ["is locked", "locked", { ...MAIL, state: "locked" }],
  ["is deactivated", "deactivated", { ...MAIL, state: "deactivated" }],
  ["is deactivated and has no address", "deactivated", { state: "deactivated" }],
  [
    "is named in upper case, in a store that ignores case",
    "no user of exactly this ID",
    MAIL,
    UPPER,
  ],
  [
    "is named in upper case, and the store's in lower case",
    "no user of exactly this ID",
    { ...MAIL, id: BOB },
    UPPER,
  ],
];
for (const [name, reason, person, invitee = BOB] of SKIPPED) {
  Deno.test(`after the lookup: an invitee who ${name} is skipped`, () => {
    const profile = person && profileOf(person);
    assert.deepEqual(decideAfterLookup({ invitee: userId(invitee) }, profile, POLICY), {
      kind: "skipped",
      reason,
    });
  });
}

const UNKNOWN: Recipient = {
  name: "",
  language: undefined,
  timeZone: undefined,
  hasAccount: undefined,
};
const TWO: Person = { addresses: ["Bob+matrix@Mail.Example", "bob@work.example"] };
const MAILED: readonly [
  name: string,
  person: Person,
  expected: { addresses?: readonly string[]; recipient?: Partial<Recipient> },
  given?: { invitee?: string; policy?: Partial<Policy> },
][] = [
  ["at the only address", MAIL, { addresses: MAIL.addresses }],
  ["at all addresses", TWO, { addresses: ["Bob+matrix@Mail.Example", "bob@work.example"] }],
  ["at the first address", TWO, { addresses: ["Bob+matrix@Mail.Example"] }, {
    policy: { addresses: "first" },
  }],
  ["with name, language and time zone", {
    ...MAIL,
    displayName: "Bob B.",
    language: "de",
    timeZone: "Europe/Berlin",
  }, { recipient: { name: "Bob B.", language: "de", timeZone: "Europe/Berlin" } }],
  ["as somebody with an account", { ...MAIL, account: { exists: true } }, {
    recipient: { hasAccount: true },
  }],
  ["as somebody without an account", { ...MAIL, account: { exists: false } }, {
    recipient: { hasAccount: false },
  }],
  ["under an ID in upper case that the store has so", { ...MAIL, id: UPPER }, {}, {
    invitee: UPPER,
  }],
  ["under an ID whose server alone is in upper case", MAIL, {}, { invitee: "@bob:EXAMPLE.org" }],
];
for (const [name, person, expected, given = {}] of MAILED) {
  Deno.test(`after the lookup: an invitee is mailed ${name}`, () => {
    const invitee = userId(given.invitee ?? BOB);
    const policy = { ...POLICY, ...given.policy };
    assert.deepEqual(decideAfterLookup({ invitee }, profileOf(person), policy), {
      kind: "mail",
      addresses: (expected.addresses ?? MAIL.addresses) as readonly EmailAddress[],
      recipient: { ...UNKNOWN, ...expected.recipient },
    });
  });
}

const DOWN = new StoreError("ldap", "temporary", "is down");
const FAILURES: readonly [
  name: string,
  past: { attempts: number; deferredSince?: number },
  error: unknown,
  expected: { kind: "deferred" | "failed"; reason: string; until?: number },
][] = [
  ["for the first time", { attempts: 0 }, DOWN, {
    kind: "deferred",
    reason: "ldap: is down",
    until: NOW + 10 * SECOND,
  }],
  ["by a defect, whose text is not shown", { attempts: 0 }, new TypeError("bob@mail.example"), {
    kind: "deferred",
    reason: "the lookup failed",
    until: NOW + 10 * SECOND,
  }],
  ["for five days", { attempts: 120, deferredSince: NOW - 5 * DAY }, DOWN, {
    kind: "failed",
    reason: "ldap: is down",
  }],
];
for (const [name, past, error, expected] of FAILURES) {
  Deno.test(`after a failure: a lookup that fails ${name} is ${expected.kind}`, () => {
    assert.deepEqual(decideAfterFailure(past, error, NOW, 0.5), expected);
  });
}
