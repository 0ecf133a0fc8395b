import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import type { MailLink } from "../../src/outbox/cancel.ts";
import type { MailOutcome, NextAddress } from "../../src/outbox/port.ts";
import {
  dropEnded,
  type HeldMail,
  parkMail,
  requeueMail,
  settleMail,
} from "../../src/outbox/settle_mail.ts";
import { DAY } from "../../src/settings/duration.ts";
import { decide } from "./decide.ts";

const NOW = 100 * 86_400_000;
const LINK: MailLink = {
  invitation: 7,
  state: "resolved",
  answered: false,
  added: false,
  open: true,
  suppressed: false,
  hasOtherMails: false,
};
const ANSWERED: MailLink = { ...LINK, answered: true, open: false };
const MAIL: HeldMail = {
  id: 3,
  state: "sending",
  attempts: 2,
  links: [LINK],
  othersAccepted: false,
  failover: [],
};
const HOME = { address: "Bob+m@home.example" as EmailAddress, messageId: "<2@example.org>" };
const OLD = { address: "bob@old.example" as EmailAddress, messageId: "<3@example.org>" };

function hash(kind: string, value: string): Uint8Array {
  return new TextEncoder().encode(`${kind} ${value}`);
}

function next(failover: readonly unknown[]) {
  return {
    kind: "queue next",
    mail: 3,
    address: HOME.address,
    addressKey: "bob@home.example",
    addressHash: hash("address", "bob@home.example"),
    messageId: HOME.messageId,
    failover,
    joins: undefined,
    at: NOW,
  };
}

function nextLine(invitation: number) {
  const data = { mail: 3 };
  const what = { step: "next address", data, listsQueued: true };
  return { kind: "add timeline", of: { invitation }, at: NOW, ...what };
}

function line(step: string, data: Record<string, unknown>) {
  return { kind: "add timeline", of: { mail: 3 }, at: NOW, step, data: { mail: 3, ...data } };
}

function deferred(changes: Record<string, unknown> = {}) {
  return {
    kind: "defer mail",
    ...{
      id: 3,
      until: 5000,
      reason: "busy",
      replyCode: 450,
      attempts: 3,
      deferredSince: NOW,
      doubt: undefined,
      hung: false,
      outageAt: undefined,
    },
    ...changes,
  };
}

const DEFERRED: MailOutcome = { kind: "deferred", reason: "busy", until: 5000, replyCode: 450 };
const DEFERRED_LINE = line("deferred", { reason: "busy", until: 5000, replyCode: 450 });
const REQUEUE = { kind: "requeue", work: "mails", id: 3 };
const CANCELLED = [
  { kind: "cancel mail", id: 3, reason: "answered" },
  { kind: "end invitation", id: 7, state: "cancelled", reason: "answered" },
  line("cancelled", { reason: "answered" }),
];

const REJECTED: MailOutcome = { kind: "rejected", reason: "no such user", replyCode: 550 };
const REJECTION = [
  { kind: "end mail", id: 3, state: "rejected", reason: "no such user", replyCode: 550 },
  line("rejected", { reason: "no such user", replyCode: 550 }),
];

interface Case {
  readonly mail?: Partial<HeldMail>;
  readonly outcome: MailOutcome;
  /** As the outcome says, unless it is set. */
  readonly result?: unknown;
  readonly makesWork: boolean;
  readonly writes: readonly unknown[];
}

const DOUBTFUL: MailOutcome = { ...DEFERRED, replyCode: 550, doubtful: true };
const DOUBTED = { first: NOW - 2 * DAY, last: NOW - DAY, count: 2 };
const LASTING = "busy (refused on 3 days, while others were accepted)";

const SPARED: MailOutcome = { kind: "spared", invitations: [{ id: 7, reason: "ignored" }] };
const SPARED_LINK = [
  { kind: "close link", mail: 3, invitation: 7 },
  {
    ...{ kind: "add timeline", of: { invitation: 7 }, at: NOW, step: "spared" },
    data: { mail: 3, reason: "ignored" },
  },
];
const SKIPPED = { kind: "end invitation", id: 7, state: "skipped", reason: "ignored" };
const WITHDRAWN = [
  { kind: "cancel mail", id: 3, reason: "ignored" },
  line("cancelled", { reason: "ignored" }),
];

const CASES: Readonly<Record<string, Case>> = {
  "a mail whose only invitation needs none is cancelled with its reason": {
    outcome: SPARED,
    result: { kind: "settled" },
    makesWork: false,
    writes: [REQUEUE, ...SPARED_LINK, SKIPPED, ...WITHDRAWN],
  },
  "an invitation that needs no mail leaves the others in it": {
    mail: { links: [LINK, { ...LINK, invitation: 8 }] },
    outcome: SPARED,
    result: { kind: "settled" },
    makesWork: true,
    writes: [REQUEUE, ...SPARED_LINK, SKIPPED],
  },
  "an invitation that was mailed before stays so": {
    mail: { links: [{ ...LINK, hasOtherMails: true }] },
    outcome: SPARED,
    result: { kind: "settled" },
    makesWork: false,
    writes: [REQUEUE, ...SPARED_LINK, ...WITHDRAWN],
  },
  "an invitation that was answered meanwhile is not spared": {
    mail: { links: [ANSWERED] },
    outcome: SPARED,
    result: { kind: "settled" },
    makesWork: false,
    writes: [REQUEUE, ...CANCELLED],
  },
  "a first doubtful refusal defers the mail": {
    outcome: DOUBTFUL,
    makesWork: true,
    writes: [
      deferred({ replyCode: 550, deferredSince: NOW, doubt: { first: NOW, last: NOW, count: 1 } }),
      line("deferred", { reason: "busy", until: 5000, replyCode: 550 }),
    ],
  },
  "a third doubtful refusal rejects the mail, when others were accepted": {
    mail: { doubt: DOUBTED, othersAccepted: true, deferredSince: NOW - 2 * DAY },
    outcome: DOUBTFUL,
    result: { kind: "rejected", reason: LASTING },
    makesWork: false,
    writes: [
      { kind: "end mail", id: 3, state: "rejected", reason: LASTING, replyCode: 550 },
      line("rejected", { reason: LASTING, replyCode: 550 }),
    ],
  },
  "while nobody else is accepted, doubtful refusals go on deferring": {
    mail: { doubt: DOUBTED, othersAccepted: false },
    outcome: DOUBTFUL,
    makesWork: true,
    writes: [
      deferred({ replyCode: 550, doubt: DOUBTED }),
      line("deferred", { reason: "busy", until: 5000, replyCode: 550 }),
    ],
  },
  "a mail that hung is marked": {
    outcome: { ...DEFERRED, hung: true },
    makesWork: true,
    writes: [deferred({ hung: true }), DEFERRED_LINE],
  },
  "a mail that is deferred in an outage is marked with the time": {
    outcome: { ...DEFERRED, outage: true },
    makesWork: true,
    writes: [deferred({ outageAt: NOW }), DEFERRED_LINE],
  },
  "a postponed mail waits, without an attempt": {
    outcome: { kind: "postponed", reason: "others first", until: 5000 },
    makesWork: true,
    writes: [{
      kind: "postpone",
      work: "mails",
      id: 3,
      until: 5000,
      reason: "others first",
      untried: true,
    }],
  },
  "a mail that a rule postponed waits, and its history says so": {
    outcome: { kind: "postponed", reason: "quiet hours", until: 5000, decided: true },
    makesWork: true,
    writes: [
      { kind: "postpone", work: "mails", id: 3, until: 5000, reason: "quiet hours", untried: true },
      line("postponed", { reason: "quiet hours", until: 5000 }),
    ],
  },
  "another failure in between keeps the doubt": {
    mail: { doubt: DOUBTED, othersAccepted: true },
    outcome: DEFERRED,
    makesWork: true,
    writes: [deferred({ doubt: DOUBTED }), DEFERRED_LINE],
  },
  "a sent mail ends, and counts from now on": {
    outcome: { kind: "sent", response: "250 OK" },
    makesWork: false,
    writes: [
      { kind: "end mail", id: 3, state: "sent", sentAt: NOW, window: undefined },
      line("sent", { response: "250 OK" }),
    ],
  },
  "a mail that was answered while it was being sent is a sent one": {
    mail: { links: [ANSWERED] },
    outcome: { kind: "sent", response: "250 OK" },
    makesWork: false,
    writes: [
      { kind: "end mail", id: 3, state: "sent", sentAt: NOW, window: undefined },
      line("sent", { response: "250 OK" }),
    ],
  },
  "a rejected mail ends with the reply": {
    outcome: REJECTED,
    makesWork: false,
    writes: REJECTION,
  },
  "a rejected mail is followed by one to the next address, about what is open": {
    mail: {
      links: [ANSWERED, { ...LINK, invitation: 8 }, { ...LINK, invitation: 9 }],
      failover: [HOME, OLD],
    },
    outcome: REJECTED,
    makesWork: true,
    writes: [...REJECTION, next([OLD]), nextLine(8), nextLine(9)],
  },
  "the last address has none after it": {
    mail: { failover: [HOME] },
    outcome: REJECTED,
    makesWork: true,
    writes: [...REJECTION, next([]), nextLine(7)],
  },
  "a rejected mail whose invitation was answered is not followed": {
    mail: { links: [ANSWERED], failover: [HOME] },
    outcome: REJECTED,
    makesWork: false,
    writes: REJECTION,
  },
  "a mail that lasting doubt rejects is followed as well": {
    mail: { doubt: DOUBTED, othersAccepted: true, failover: [HOME] },
    outcome: DOUBTFUL,
    result: { kind: "rejected", reason: LASTING },
    makesWork: true,
    writes: [
      { kind: "end mail", id: 3, state: "rejected", reason: LASTING, replyCode: 550 },
      line("rejected", { reason: LASTING, replyCode: 550 }),
      next([]),
      nextLine(7),
    ],
  },
  ...Object.fromEntries(
    ([
      [{ kind: "sent", response: "250 OK" }, {
        kind: "end mail",
        id: 3,
        state: "sent",
        sentAt: NOW,
        window: undefined,
      }],
      [{ kind: "expired", reason: "x" }, {
        ...{ kind: "end mail", id: 3, state: "expired", reason: "x", replyCode: undefined },
      }],
    ] as const).map(([outcome, end]): [string, Case] => [
      `a mail that is ${outcome.kind} is not followed`,
      {
        mail: { failover: [HOME] },
        outcome,
        makesWork: false,
        writes: [
          end,
          outcome.kind === "sent"
            ? line("sent", { response: "250 OK" })
            : line("expired", { reason: "x", replyCode: undefined }),
        ],
      },
    ]),
  ),
  "an expired mail ends, with a reply or without": {
    outcome: { kind: "expired", reason: "no connection" },
    makesWork: false,
    writes: [
      { kind: "end mail", id: 3, state: "expired", reason: "no connection", replyCode: undefined },
      line("expired", { reason: "no connection", replyCode: undefined }),
    ],
  },
  "a first deferral counts, and says since when": {
    mail: { attempts: 0 },
    outcome: DEFERRED,
    makesWork: true,
    writes: [deferred({ attempts: 1 }), DEFERRED_LINE],
  },
  "a later deferral keeps the time of the first": {
    mail: { deferredSince: 10 },
    outcome: DEFERRED,
    makesWork: true,
    writes: [deferred({ deferredSince: 10 }), DEFERRED_LINE],
  },
  "a deferred mail whose invitation was answered is cancelled": {
    mail: { links: [ANSWERED] },
    outcome: DEFERRED,
    makesWork: false,
    writes: [deferred(), DEFERRED_LINE, ...CANCELLED],
  },
  "a deferred mail that is about something open still waits": {
    mail: { links: [ANSWERED, { ...LINK, invitation: 8 }] },
    outcome: DEFERRED,
    makesWork: true,
    writes: [deferred(), DEFERRED_LINE],
  },
  "a released mail waits as before": {
    outcome: { kind: "released" },
    makesWork: true,
    writes: [REQUEUE],
  },
  "a released mail whose invitation was answered is cancelled": {
    mail: { links: [ANSWERED] },
    outcome: { kind: "released" },
    makesWork: false,
    writes: [REQUEUE, ...CANCELLED],
  },
};

for (
  const [name, { mail, outcome, result = { kind: "settled" }, ...expected }] of Object.entries(
    CASES,
  )
) {
  Deno.test(name, () => {
    assert.deepEqual(settleMail({ ...MAIL, ...mail }, outcome, NOW, hash), { result, ...expected });
  });
}

Deno.test("next addresses that bounces have ended are passed over, unless all have ended", () => {
  const scopes = (key: string) => key === "bob@home.example" ? ["bounce"] as const : [];
  const ended = (...failover: NextAddress[]) => decide(dropEnded(failover), scopes);
  assert.deepEqual(ended(HOME, OLD), [OLD]);
  assert.deepEqual(ended(OLD, HOME), [OLD, HOME]);
  assert.deepEqual(ended(HOME), [HOME]);
  assert.deepEqual(ended(), []);
  // A choice to stop mails ends the list, and is found when the mail is claimed.
  assert.deepEqual(decide(dropEnded([HOME, OLD]), () => ["all"] as const), [HOME, OLD]);
});

Deno.test("a refused mail's open invitations go into the mail that waits at the next address", () => {
  const mail = { ...MAIL, failover: [HOME, OLD], joins: 12 };
  const { writes } = settleMail(mail, REJECTED, NOW, hash);
  const line = { ...nextLine(7), data: { mail: 3, joins: 12 } };
  assert.deepEqual(writes.slice(2), [{ ...next([OLD]), joins: 12 }, line]);
});

Deno.test("a mail whose lease ended is treated as a released one", () => {
  for (const links of [[LINK], [ANSWERED]]) {
    const mail = { ...MAIL, links };
    assert.deepEqual(requeueMail(mail, NOW), settleMail(mail, { kind: "released" }, NOW, hash));
  }
});

Deno.test("a mail that waits for its address's limit says so once", () => {
  const PLACE = { wakeAt: 9000, turn: 40 };
  const parked = {
    kind: "park",
    ...{ work: "mails", id: 3, limit: "address", ...PLACE, reason: "address limit" },
  };
  assert.deepEqual(parkMail({ id: 3, reason: "busy" }, "address", PLACE, NOW), [
    parked,
    line("limited", { reason: "address limit" }),
  ]);
  assert.deepEqual(parkMail({ id: 3, reason: "address limit" }, "address", PLACE, NOW), [parked]);
});
