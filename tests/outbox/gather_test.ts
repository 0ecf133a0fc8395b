import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import {
  GATHER_REASON,
  type Gathering,
  isFreed,
  type JoinableMail,
  joinMail,
  type LastMail,
  type LatestDue,
  postponeGathering,
  waitFor,
  windowAfter,
} from "../../src/outbox/gather.ts";
import { LIMIT_REASON } from "../../src/outbox/work.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { decide } from "./decide.ts";

const NOW = 1_000 * DAY;
const SETTINGS: Gathering = { delay: 10 * SECOND, window: 10 * MINUTE, longest: 4 * HOUR };

interface Expected {
  readonly own: boolean;
  readonly at: number;
}

interface Case {
  /** How long ago the first invitation was received. */
  readonly age?: number;
  /** How long ago the mail was queued; as long, unless it is set. */
  readonly queuedFor?: number;
  readonly own?: boolean;
  readonly last?: LastMail;
  /** What is on its way, by its due time. */
  readonly expected?: readonly Expected[];
  readonly settings?: Partial<Gathering>;
  /** Undefined: it leaves. */
  readonly waits?: readonly [reason: string, until: number];
}

const INVITATIONS = "more invitations";
const WINDOW = "digest window";
const due = (after: number, own = true): Expected => ({ own, at: NOW + after });

const CASES: Readonly<Record<string, Case>> = {
  "a mail leaves when nothing else is on its way": {},
  "it waits for what is due later": {
    expected: [due(3 * SECOND), due(SECOND)],
    waits: [INVITATIONS, NOW + 3 * SECOND],
  },
  "it waits for what is being looked up, up to some seconds beyond the cap": {
    expected: [due(-SECOND)],
    waits: [INVITATIONS, NOW + 55 * SECOND],
  },
  "an invitation that is due at the cap is waited for": {
    age: MINUTE - 9 * SECOND,
    expected: [due(9 * SECOND)],
    waits: [INVITATIONS, NOW + 9 * SECOND],
  },
  "one that is due after the cap is left for the next mail": {
    age: MINUTE - 9 * SECOND,
    expected: [due(9 * SECOND + 1)],
  },
  "at the cap it waits for lookups alone": {
    age: MINUTE,
    expected: [due(-1), due(SECOND)],
    waits: [INVITATIONS, NOW + 5 * SECOND],
  },
  "some seconds later for nothing": { age: MINUTE + 5 * SECOND, expected: [due(-1)] },
  "an own inviter's mail waits for strangers for one more delay": {
    age: 12 * SECOND,
    expected: [due(8 * SECOND, false)],
    waits: [INVITATIONS, NOW + 8 * SECOND],
  },
  "and no longer": { age: 12 * SECOND, expected: [due(8 * SECOND + 1, false)] },
  "while it waits for own inviters' as long as a stranger's for all": {
    age: 12 * SECOND,
    expected: [due(48 * SECOND), due(40 * SECOND, false)],
    waits: [INVITATIONS, NOW + 48 * SECOND],
  },
  "a stranger's mail waits for all": {
    own: false,
    age: 12 * SECOND,
    expected: [due(48 * SECOND, false)],
    waits: [INVITATIONS, NOW + 48 * SECOND],
  },
  "without a delay, it waits for the lookups of the same moment": {
    settings: { delay: 0 },
    age: 0,
    expected: [due(0)],
    waits: [INVITATIONS, NOW + 5 * SECOND],
  },
  "without a delay, what came a moment later is left for the next mail": {
    settings: { delay: 0 },
    age: 1,
    expected: [due(0)],
  },
  "what was held up together leaves together": {
    age: HOUR,
    queuedFor: SECOND,
    expected: [due(-30 * MINUTE), due(-SECOND - 1)],
    waits: [INVITATIONS, NOW + 4 * SECOND],
  },
  "what was due after that is left for the next mail": {
    age: HOUR,
    queuedFor: SECOND,
    expected: [due(0)],
  },
  "within the last mail's window it waits for its end": {
    last: { at: NOW - MINUTE, window: 20 * MINUTE },
    waits: [WINDOW, NOW + 19 * MINUTE],
  },
  "a mail that is being sent has the usual window": {
    last: { at: NOW - MINUTE },
    waits: [WINDOW, NOW + 9 * MINUTE],
  },
  "it leaves when the window ends": { last: { at: NOW - 10 * MINUTE, window: 10 * MINUTE } },
  "what came within the window leaves with it, after its own delay": {
    age: 5 * MINUTE,
    last: { at: NOW - 10 * MINUTE, window: 10 * MINUTE },
    expected: [due(10 * SECOND)],
    waits: [INVITATIONS, NOW + 10 * SECOND],
  },
  "what came after the window does not": {
    age: 5 * MINUTE,
    last: { at: NOW - 10 * MINUTE, window: 10 * MINUTE },
    expected: [due(10 * SECOND + 1)],
  },
  "a first invitation of the future counts as one of now": {
    age: -10 * DAY,
    expected: [due(MINUTE), due(MINUTE + 1)],
    waits: [INVITATIONS, NOW + MINUTE],
  },
};

for (const [name, { age = 10 * SECOND, own = true, ...given }] of Object.entries(CASES)) {
  Deno.test(`waitFor: ${name}`, () => {
    const { last, expected = [], settings, waits, queuedFor = age } = given;
    const latestDue = ({ own, upTo }: LatestDue) => {
      const times = expected.filter((one) => one.own === own && one.at <= upTo);
      return times.length === 0 ? undefined : Math.max(...times.map(({ at }) => at));
    };
    const mail = { own, queuedAt: NOW - queuedFor, firstAt: NOW - age };
    const wait = decide(waitFor(mail, last, { ...SETTINGS, ...settings }, NOW), latestDue);
    assert.deepEqual(wait && [wait.reason, wait.until], waits);
  });
}

Deno.test("windowAfter: the window doubles while mails are held, up to the longest", () => {
  const after = (last: LastMail | undefined, queuedAt = NOW) =>
    windowAfter({ queuedAt }, last, SETTINGS, NOW) / MINUTE;
  const at = NOW - HOUR;
  assert.equal(after(undefined), 10, "the first mail");
  assert.equal(after({ at: NOW - DAY, window: 4 * HOUR }), 10, "after a day");
  assert.equal(after({ at: NOW - DAY + 1, window: 4 * HOUR }), 240, "within a day");
  assert.equal(after({ at, window: 10 * MINUTE }), 10, "not held");
  assert.equal(after({ at, window: HOUR }, NOW - 1), 120, "held");
  assert.equal(after({ at, window: HOUR }, NOW), 60, "queued when the window ended");
  assert.equal(after({ at, window: 3 * HOUR }, NOW - 1), 240, "the longest");
  assert.equal(after({ at, window: DAY }), 240, "the longest was longer before");
  assert.equal(after({ at, window: SECOND }), 10, "the window was shorter before");
  assert.equal(after({ at: NOW - MINUTE }), 20, "the mail before was not sent yet");
});

Deno.test("postponeGathering: a mail says once that it waits, and for what", () => {
  const wait = { reason: WINDOW, until: NOW + 1 } as const;
  const postpone = { kind: "postpone", work: "mails", id: 3, reason: WINDOW, until: NOW + 1 };
  assert.deepEqual(postponeGathering({ id: 3, reason: INVITATIONS }, wait, NOW), [postpone, {
    kind: "add timeline",
    of: { mail: 3 },
    at: NOW,
    step: "gathering",
    data: { mail: 3, reason: WINDOW, until: NOW + 1 },
  }]);
  assert.deepEqual(postponeGathering({ id: 3, reason: WINDOW }, wait, NOW), [postpone]);
});

const NEW_MAIL = {
  address: "bob@example.org" as EmailAddress,
  addressKey: "bob@example.org",
  messageId: "<a@b>",
  recipient: { name: "Bob" },
};

for (
  const [what, mail, own, dueAt, data] of [
    ["one that is due", {}, true, undefined, {}],
    ["one that waits for more", { reason: INVITATIONS }, true, undefined, {}],
    [
      "a stranger's to one in the window",
      { reason: WINDOW },
      false,
      undefined,
      { reason: WINDOW, until: NOW + 9 },
    ],
    ["an own inviter's to strangers' in the window", { reason: WINDOW }, true, NOW, {}],
    [
      "an own inviter's to one of own inviters in the window",
      { reason: WINDOW, own: true },
      true,
      undefined,
      { reason: WINDOW, until: NOW + 9 },
    ],
    ["an own inviter's to strangers' above the limit", { reason: "address limit" }, true, NOW, {}],
    [
      "a stranger's to one above the limit",
      { reason: "address limit" },
      false,
      undefined,
      { reason: "address limit" },
    ],
    [
      "an own inviter's to strangers' at night",
      { reason: "quiet hours" },
      true,
      undefined,
      { reason: "quiet hours", until: NOW + 9 },
    ],
  ] as const satisfies readonly (readonly [
    string,
    Partial<JoinableMail>,
    boolean,
    number | undefined,
    unknown,
  ])[]
) {
  Deno.test(`joinMail: ${what}`, () => {
    const joinable = { id: 3, own: false, dueAt: NOW + 9, size: 2, ...mail };
    assert.deepEqual(joinMail(joinable, { id: 7, own }, NEW_MAIL, NOW), {
      join: { kind: "join mail", mail: 3, invitation: 7, own, newMail: NEW_MAIL, dueAt },
      line: {
        kind: "add timeline",
        of: { invitation: 7 },
        at: NOW,
        step: "gathered",
        data: { mail: 3, others: 2, ...data },
      },
    });
  });
}

Deno.test("isFreed: only an own inviter's mail leaves a mail of strangers no time to wait", () => {
  const reasons = [...Object.values(LIMIT_REASON), ...Object.values(GATHER_REASON), undefined];
  const freed = (wasOwn: boolean, own: boolean) =>
    reasons.filter((reason) => isFreed({ own: wasOwn, reason }, own));
  assert.deepEqual(freed(false, true), [...Object.values(LIMIT_REASON), GATHER_REASON.window]);
  assert.deepEqual([freed(true, true), freed(true, false), freed(false, false)], [[], [], []]);
});
