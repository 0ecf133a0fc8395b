import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import type { InvitationFacts } from "../../src/domain/invitation.ts";
import { StoreError } from "../../src/identity/port.ts";
import {
  decideAfterFailure,
  decideAfterLookup,
  decideBeforeLookup,
  decideOnRepeat,
  type Policy,
} from "../../src/notify/policy.ts";
import type { Recipient } from "../../src/outbox/port.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { compileGlob } from "../../src/text/glob.ts";
import { type Person, profileOf } from "../fakes/notify/people.ts";
import { BOB, MAIL } from "../fakes/notify/resolving.ts";
import { POLICY, userId } from "../fakes/notify/service.ts";

const NOW = Date.UTC(2027, 0, 4);

const globs = (...texts: string[]) => texts.map(compileGlob);
const only = (...texts: string[]) => ({ only: globs(...texts), except: [] });
const except = (...texts: string[]) => ({ only: [], except: globs(...texts) });
const SOMEWHERE = {
  roomId: "!plans:example.org",
  own: true,
  inviter: "@alice:example.org",
  late: false,
};

interface Before extends Partial<typeof SOMEWHERE> {
  readonly room?: Partial<InvitationFacts["room"]>;
}

type BeforeCase = readonly [
  name: string,
  policy: Partial<Policy>,
  reason?: string | undefined,
  about?: Before,
];
const BEFORE: readonly BeforeCase[] = [
  ["is looked up", {}],
  ["in notify.only is looked up", { invitees: only("@bob:*") }],
  [
    "not in notify.only is skipped",
    { invitees: only("@carol:*", "@dave:*") },
    "not in notify.only",
  ],
  ["not in notify.except is looked up", { invitees: except("@carol:*") }],
  ["in notify.except is skipped", { invitees: except("@b*:example.org") }, "in notify.except"],
  ["in notify.only and in notify.except is skipped", {
    invitees: { ...except("@bob:*"), only: globs("@bob:*") },
  }, "in notify.except"],
  [
    "whose inviter is in except is skipped",
    {
      inviters: except("@whatsapp_*:example.org"),
    },
    "in notify.inviters.except",
    { inviter: "@whatsapp_1000:example.org" },
  ],
  ["whose inviter is not in except is looked up", {
    inviters: except("@whatsapp_*:example.org"),
  }],
  ["whose inviter is not in only is skipped", {
    inviters: only("@carol:*"),
  }, "not in notify.inviters.only"],
  [
    "whose inviter's server is in except, in any case, is skipped",
    {
      servers: except("spam.*"),
    },
    "in notify.servers.except",
    { inviter: "@a:Spam.example" },
  ],
  [
    "whose inviter's server has a port that only does not name is skipped",
    {
      servers: only("example.org"),
    },
    "not in notify.servers.only",
    { inviter: "@a:example.org:8448" },
  ],
  ["whose inviter's server is in only is looked up", { servers: only("*.org") }],
  ["whose room is in except by its ID is skipped", {
    rooms: except("!pl*"),
  }, "in notify.rooms.except"],
  [
    "whose room is in except by its alias is skipped, whoever says so",
    {
      rooms: except("#plans:*"),
    },
    "in notify.rooms.except",
    { own: false, room: { alias: "#plans:example.org" } },
  ],
  [
    "whose room is in only by its alias is looked up",
    {
      rooms: only("#plans:*"),
    },
    undefined,
    { room: { alias: "#plans:example.org" } },
  ],
  [
    "whose room is in only by an alias that a stranger names is skipped",
    {
      rooms: only("#plans:*"),
    },
    "not in notify.rooms.only",
    { own: false, room: { alias: "#plans:example.org" } },
  ],
  [
    "whose room is in only by its ID is looked up, whoever invites",
    {
      rooms: only("!plans:*"),
    },
    undefined,
    { own: false },
  ],
  ...(["direct", "space", "room"] as const).map((kind): BeforeCase => [
    `to a ${kind}, of which none are wanted, is skipped`,
    { kinds: { ...POLICY.kinds, [kind]: false } },
    `notify.kinds.${kind} is false`,
    { room: { kind } },
  ]),
  [
    "to a direct chat is looked up without spaces",
    {
      kinds: { ...POLICY.kinds, space: false },
    },
    undefined,
    { room: { kind: "direct" } },
  ],
  [
    "to a bridged chat is skipped without bridges",
    {
      kinds: { ...POLICY.kinds, bridged: false },
    },
    "notify.kinds.bridged is false",
    { room: { kind: "direct", bridged: true } },
  ],
  [
    "to an ordinary chat is looked up without bridges",
    {
      kinds: { ...POLICY.kinds, bridged: false },
    },
    undefined,
    { room: { kind: "direct" } },
  ],
  ["who is invited late is skipped where such invitations cannot share a mail", {}, "too old", {
    late: true,
  }],
  ["who is invited late is looked up where they can", { late: true }, undefined, { late: true }],
  [
    "who is invited late and is in notify.except is skipped for the setting",
    {
      invitees: except("@b*:example.org"),
    },
    "in notify.except",
    { late: true },
  ],
];
for (const [name, policy, reason, { room, ...about } = {}] of BEFORE) {
  Deno.test(`before the lookup: an invitee ${name}`, () => {
    const facts: InvitationFacts = { room: { kind: "room", encrypted: false, ...room } };
    const invitation = { ...SOMEWHERE, ...about, invitee: userId(BOB), facts };
    const decision = decideBeforeLookup(invitation, { ...POLICY, ...policy });
    assert.deepEqual(decision, reason === undefined ? undefined : { kind: "skipped", reason });
  });
}

const EARLIER = { invitation: 3, at: NOW - HOUR };
for (
  const [what, repeatAfter, now, mailedBefore, isSkipped] of [
    ["was never mailed about the room", DAY, NOW, undefined, false],
    ["was mailed about the room just now", DAY, NOW - HOUR, EARLIER, true],
    ["was mailed a moment less ago than the span", HOUR, NOW - 1, EARLIER, true],
    ["was mailed as long ago as the span", HOUR, NOW, EARLIER, false],
    ["may be mailed as often as they are invited", null, NOW, EARLIER, false],
    ["was mailed while the clock was years ahead", DAY, NOW - 999 * DAY, EARLIER, false],
    ["was mailed while the clock was a little ahead", DAY, NOW - 2 * HOUR, EARLIER, true],
  ] as const
) {
  Deno.test(`a repeat: an invitee who ${what} is ${isSkipped ? "skipped" : "looked up"}`, () => {
    const decision = decideOnRepeat({ mailedBefore }, { ...POLICY, repeatAfter }, now);
    const skip = { kind: "skipped", reason: "mailed before", mailedBefore };
    assert.deepEqual(decision, isSkipped ? skip : undefined);
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
  expected: {
    addresses?: readonly string[];
    failover?: readonly string[];
    recipient?: Partial<Recipient>;
  },
  given?: { invitee?: string; policy?: Partial<Policy> },
][] = [
  ["at the only address", MAIL, { addresses: MAIL.addresses }],
  ["at all addresses", TWO, { addresses: ["Bob+matrix@Mail.Example", "bob@work.example"] }],
  ["at the first address", TWO, { addresses: ["Bob+matrix@Mail.Example"] }, {
    policy: { addresses: "first" },
  }],
  ["at the first address that takes it", TWO, {
    addresses: ["Bob+matrix@Mail.Example"],
    failover: ["bob@work.example"],
  }, {
    policy: { addresses: "failover" },
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
      failover: (expected.failover ?? []) as readonly EmailAddress[],
      recipient: { ...UNKNOWN, ...expected.recipient },
    });
  });
}

const DOWN = new StoreError("ldap", "temporary", "is down");
const FAILURES: readonly [
  name: string,
  past: { attempts: number; deferredSince?: number },
  error: unknown,
  expected: {
    kind: "deferred" | "failed";
    reason: string;
    until?: number;
    outage?: true | undefined;
  },
][] = [
  ["for the first time", { attempts: 0 }, DOWN, {
    kind: "deferred",
    reason: "ldap: is down",
    until: NOW + 10 * SECOND,
    outage: true,
  }],
  ["by a defect, whose text is not shown", { attempts: 0 }, new TypeError("bob@mail.example"), {
    kind: "deferred",
    reason: "the lookup failed",
    until: NOW + 10 * SECOND,
    outage: undefined,
  }],
  ["repeatedly, by the stores", { attempts: 50 }, DOWN, {
    kind: "deferred",
    reason: "ldap: is down",
    until: NOW + 5 * MINUTE,
    outage: true,
  }],
  ["repeatedly, by a defect", { attempts: 50 }, new TypeError("x"), {
    kind: "deferred",
    reason: "the lookup failed",
    until: NOW + HOUR,
    outage: undefined,
  }],
  ["for five days", { attempts: 120, deferredSince: NOW - 5 * DAY }, DOWN, {
    kind: "failed",
    reason: "ldap: is down",
  }],
];
for (const [name, past, error, expected] of FAILURES) {
  Deno.test(`after a failure: a lookup that fails ${name} is ${expected.kind}`, () => {
    assert.deepEqual(decideAfterFailure(past, error, NOW, 0.5, 5 * MINUTE), expected);
  });
}
