import assert from "node:assert/strict";
import type { Message } from "../../src/domain/message.ts";
import type { Receipt, SendOptions } from "../../src/mail/port.ts";
import { AlikeRefusals } from "../../src/notify/alike.ts";
import { Circuit } from "../../src/notify/circuit.ts";
import { deliverMail, type DeliverOptions } from "../../src/notify/deliver.ts";
import { openGate } from "../../src/notify/gate.ts";
import { mailHeaders } from "../../src/notify/mail_headers.ts";
import { mailModel } from "../../src/notify/mail_model.ts";
import { type ClaimedMail, type MailOutcome, OutboxError } from "../../src/outbox/port.ts";
import { RenderError } from "../../src/render/port.ts";
import { DAY, SECOND } from "../../src/settings/duration.ts";
import { deferred, recordingTransport } from "../fakes/mail/recording_transport.ts";
import { claimedMail, mailInvitation } from "../fakes/notify/claimed_mail.ts";
import { address, HEADERS, MODEL, recordingRenderer } from "../fakes/notify/service.ts";
import { settlements } from "../fakes/notify/settlements.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

const NOW = new FakeClock().now();
const NEVER = new AbortController().signal;
const FROM = { name: "Matrix", address: address("matrix@example.org") };

const MAIL = claimedMail({
  id: 3,
  messageId: "<0123@example.org>",
  queuedAt: NOW,
  recipient: { name: "Bob B." },
  invitations: [mailInvitation({
    id: 7,
    originTs: NOW,
    receivedAt: NOW,
    facts: { room: { kind: "room", name: "Plans", encrypted: false } },
  })],
});

interface Case {
  readonly mail?: Partial<ClaimedMail>;
  readonly receipt?: Receipt | Error;
  readonly options?: Partial<DeliverOptions>;
  readonly signal?: AbortSignal;
}

function options(changes: Partial<DeliverOptions>): DeliverOptions {
  return {
    outbox: settlements(),
    transport: recordingTransport(),
    renderer: recordingRenderer(),
    from: FROM,
    model: MODEL,
    headers: HEADERS,
    clock: new FakeClock(),
    random: () => 0.5,
    hungMails: openGate(),
    newMessageId: () => "<4567@example.org>",
    circuit: new Circuit(new FakeClock()),
    refusals: new AlikeRefusals(new FakeClock()),
    ...changes,
  };
}

/** Delivers one mail with fakes around it. */
async function deliver(given: Case) {
  await using logs = await collectLogs();
  const outbox = settlements();
  const transport = recordingTransport();
  if (given.receipt) transport.next(given.receipt);
  await deliverMail(
    { ...MAIL, ...given.mail },
    options({ outbox, transport, ...given.options }),
    given.signal ?? NEVER,
  );
  assert.equal(outbox.mails.length, 1);
  return { outcome: outbox.mails[0] as MailOutcome, transport, logs };
}

Deno.test("a mail that is accepted is sent, and the server's reply is kept and logged with the Message-ID", async () => {
  const receipt = { kind: "accepted", response: "250 2.0.0 queued as 4711" } as const;
  const { outcome, logs } = await deliver({ receipt });
  assert.deepEqual(outcome, { kind: "sent", response: "250 2.0.0 queued as 4711" });
  assert.deepEqual(logs.at("info"), [["mail sent", {
    mail: 3,
    invitations: [7],
    attempt: 1,
    messageId: "<0123@example.org>",
    response: "250 2.0.0 queued as 4711",
  }]]);
});

Deno.test("a mail goes to its address alone, under its own Message-ID, dated now", async () => {
  const { transport } = await deliver({ mail: { attempts: 4, queuedAt: NOW - DAY } });
  assert.deepEqual(transport.sent, [{
    from: FROM,
    to: { name: "Bob B.", address: "bob@mail.example" },
    messageId: "<0123@example.org>",
    date: NOW,
    headers: mailHeaders(MAIL, mailModel(MAIL, MODEL), HEADERS),
    content: { kind: "parts", subject: "Invited to Plans", text: "Plans", html: "", inline: [] },
  }]);
});

Deno.test("a mail has the return path that is made for it, and says whether it is a trial", async () => {
  const returnPath = ({ id, messageId }: ClaimedMail, trial: boolean) => ({
    token: `${id}${messageId}${trial}`,
  });
  const { transport } = await deliver({ options: { returnPath } });
  assert.deepEqual(transport.sent[0]?.returnPath, { token: "3<0123@example.org>false" });
  const redirectTo = address("admin@example.org");
  const trial = await deliver({ options: { returnPath, redirectTo } });
  assert.deepEqual(trial.transport.sent[0]?.returnPath, { token: "3<0123@example.org>true" });
});

Deno.test("a rejected address ends the mail", async () => {
  const failure = { stage: "recipient", reason: "no such mailbox", replyCode: 550 } as const;
  const { outcome, logs } = await deliver({
    receipt: { kind: "rejected", enhancedCode: "5.1.1", ...failure },
  });
  assert.deepEqual(outcome, { kind: "rejected", reason: "no such mailbox", replyCode: 550 });
  assert.equal(logs.at("warning").length, 1);
});

for (
  const [fault, level] of [
    ["temporary", "warning"],
    ["doubtful", "warning"],
    ["ours", "error"],
  ] as const
) {
  Deno.test(`a mail that is deferred for a fault that is ${fault} is logged as ${level}`, async () => {
    const failure = { reason: "try later", remedy: "write another pool" } as const;
    const receipt = deferred({ fault, ...failure, replyCode: 451, stage: "sender" });
    const { outcome, logs } = await deliver({ receipt });
    assert.deepEqual(outcome, {
      kind: "deferred",
      reason: "try later",
      until: NOW + 10 * SECOND,
      replyCode: 451,
      doubtful: fault === "doubtful" || undefined,
      hung: undefined,
      outage: undefined,
    });
    assert.equal(logs.at(level).length, 1);
    const { nextAttempt, stage, ...logged } = logs.at(level)[0]?.[1] ?? {};
    assert.deepEqual([stage, logged.fault], ["sender", fault]);
    assert.deepEqual([logged.reason, logged.remedy], ["try later", "write another pool"]);
    assert.equal(nextAttempt, new Date(NOW + 10 * SECOND).toISOString());
  });
}

const FAILING: readonly [name: string, given: Case, reason: string][] = [
  ["mail server", { receipt: deferred({ reason: "refused" }) }, "refused"],
  ["template", {
    options: { renderer: { render: () => Promise.reject(new RenderError("line 3")) } },
  }, "the template cannot be rendered"],
  ["link", {
    options: {
      model: {
        ...MODEL,
        link: () => {
          throw new TypeError("bug");
        },
      },
    },
  }, "the template cannot be rendered"],
  ["transport's code", { receipt: new TypeError("bug") }, "the transport failed"],
];
for (const [name, given, reason] of FAILING) {
  Deno.test(`a failing ${name} defers a mail for five days and no longer`, async () => {
    const attempts = 120;
    const early = await deliver({ ...given, mail: { attempts, deferredSince: NOW - 5 * DAY + 1 } });
    assert.equal(early.outcome.kind, "deferred");
    assert.equal("reason" in early.outcome && early.outcome.reason, reason);
    const late = await deliver({ ...given, mail: { attempts, deferredSince: NOW - 5 * DAY } });
    assert.deepEqual(late.outcome, { kind: "expired", reason, replyCode: undefined });
    assert.ok(late.logs.at("error").some(([text]) => text === "mail expired"));
  });
}

Deno.test("a mail that failed once before the service was down for a week is retried", async () => {
  const mail = { attempts: 1, deferredSince: NOW - 7 * DAY };
  const { outcome } = await deliver({ mail, receipt: new TypeError("bug") });
  assert.equal(outcome.kind, "deferred");
});

Deno.test("a template that cannot be rendered is an error in the log, and nothing is sent", async () => {
  const error = new RenderError("invite.txt, line 3: no such variable");
  const renderer = { render: () => Promise.reject(error) };
  const { transport, logs } = await deliver({ options: { renderer } });
  assert.equal(transport.attempts.length, 0);
  assert.deepEqual(logs.at("error"), [[
    "mail not rendered",
    {
      mail: 3,
      invitations: [7],
      attempt: 1,
      error,
      nextAttempt: new Date(NOW + 10 * SECOND).toISOString(),
    },
  ]]);
});

Deno.test("in a trial every mail goes to one address, and names its recipient", async () => {
  const { transport } = await deliver({ options: { redirectTo: address("admin@example.org") } });
  assert.deepEqual(transport.sent.map(({ to }) => to), [{
    name: "trial: bob@mail.example",
    address: "admin@example.org",
  }]);
});

Deno.test("a stop gives back a mail that was not accepted, and keeps one that was", async () => {
  const signal = AbortSignal.abort();
  assert.deepEqual((await deliver({ signal })).outcome, { kind: "released" });

  for (const kind of ["accepted", "rejected"] as const) {
    const stop = new AbortController();
    const receipt: Receipt = kind === "accepted"
      ? { kind, response: "250 Ok" }
      : { kind, stage: "recipient", reason: "stopped halfway" };
    const transport = {
      send() {
        stop.abort();
        return Promise.resolve(receipt);
      },
    };
    const { outcome } = await deliver({ options: { transport }, signal: stop.signal });
    assert.equal(outcome.kind, kind === "accepted" ? "sent" : "released");
  }
});

Deno.test("a mail that was sent is settled once the database takes it, and not sent again", async () => {
  await using _logs = await collectLogs();
  const outbox = settlements();
  const busy = new OutboxError("unavailable", "busy");
  outbox.failures.push(busy, busy, busy);
  const clock = new FakeClock();
  const transport = recordingTransport();
  const done = deliverMail(MAIL, options({ outbox, transport, clock }), NEVER);
  await clock.advance(10 * SECOND);
  await done;
  assert.deepEqual(outbox.mails.map(({ kind }) => kind), ["sent"]);
  assert.equal(transport.attempts.length, 1);
});

Deno.test("a mail that another service took over meanwhile, or that may be another's, is not sent", async () => {
  for (const held of [false, new OutboxError("unavailable", "busy")]) {
    await using logs = await collectLogs();
    const outbox = settlements();
    outbox.held = held;
    const transport = recordingTransport();
    await deliverMail(MAIL, options({ outbox, transport }), NEVER);
    assert.deepEqual(outbox.mails, [{ kind: "released" }]);
    assert.equal(transport.attempts.length, 0);
    const event = held === false ? "mail taken over" : "mail not confirmed";
    assert.deepEqual(logs.at("warning").map(([name]) => name), [event]);
  }
});

Deno.test("a mail whose final reply never came is marked, and gives up its place meanwhile", async () => {
  const outbox = settlements();
  const gaveUp: boolean[] = [];
  const transport = {
    send: (_message: Message, { onHandedOver }: SendOptions = {}) => {
      gaveUp.push(onHandedOver?.() ?? false);
      return Promise.resolve(deferred({ reason: "no answer", stage: "data" }));
    },
  };
  await deliverMail(MAIL, options({ outbox, transport }), NEVER, () => true);
  assert.deepEqual(gaveUp, [true]);
  const [outcome] = outbox.mails;
  assert.equal(outcome?.kind === "deferred" && outcome.hung, true);
});

Deno.test("mails that hung before are tried one at a time; others are not held up by them", async () => {
  const reply = Promise.withResolvers<Receipt>();
  const outbox = settlements();
  const transport = { send: () => reply.promise };
  const shared = options({ outbox, transport });
  const first = deliverMail({ ...MAIL, hung: true }, shared, NEVER);
  await deliverMail({ ...MAIL, id: 4, hung: true }, shared, NEVER);
  assert.deepEqual(outbox.mails.map(({ kind }) => kind), ["postponed"]);
  const other = deliverMail({ ...MAIL, id: 5 }, shared, NEVER);
  reply.resolve({ kind: "accepted", response: "250 OK" });
  await Promise.all([first, other]);
  await deliverMail({ ...MAIL, id: 4, hung: true }, shared, NEVER);
  assert.deepEqual(outbox.mails.map(({ kind }) => kind), ["postponed", "sent", "sent", "sent"]);
});

Deno.test("mails that hung before and meet at once do not meet again", async () => {
  const reply = Promise.withResolvers<Receipt>();
  const outbox = settlements();
  const clock = new ManualClock(NOW);
  const numbers = [0, 0.5, 1];
  const random = () => numbers.shift() ?? 0;
  const shared = options({ outbox, transport: { send: () => reply.promise }, clock, random });
  const first = deliverMail({ ...MAIL, hung: true }, shared, NEVER);
  for (const id of [4, 5, 6]) await deliverMail({ ...MAIL, id, hung: true }, shared, NEVER);
  const pauses = outbox.mails.map((outcome) => outcome.kind === "postponed" && outcome.until - NOW);
  assert.deepEqual(pauses, [15_000, 30_000, 45_000]);
  reply.resolve({ kind: "accepted", response: "250 OK" });
  await first;
});

Deno.test("in quiet hours a mail waits for their end, in the recipient's time zone, untried", async () => {
  const quietHours = { daily: { from: 22 * 60, to: 7 * 60 }, days: [], timeZone: "UTC" };
  const clock = new ManualClock(Date.UTC(2026, 10, 27, 12));
  const recipient = { ...MAIL.recipient, timeZone: "Pacific/Kiritimati" };
  const { outcome, transport } = await deliver({
    mail: { recipient },
    options: { quietHours, clock },
  });
  const until = Date.UTC(2026, 10, 27, 17);
  assert.deepEqual(outcome, { kind: "postponed", reason: "quiet hours", until, decided: true });
  assert.equal(transport.attempts.length, 0);
  clock.set(until);
  const later = await deliver({ mail: { recipient }, options: { quietHours, clock } });
  assert.equal(later.outcome.kind, "sent");
  const elsewhere = await deliver({ options: { quietHours, clock } });
  assert.equal(elsewhere.outcome.kind, "sent");
});

Deno.test("with reminders, one follows a mail that is sent, and none a reminder", async () => {
  const clock = new ManualClock();
  const dueAt = clock.now() + 3 * DAY;
  const reminding = { clock, reminder: 3 * DAY };
  const sent = await deliver({ options: reminding });
  assert(sent.outcome.kind === "sent");
  assert.deepEqual(sent.outcome.reminder, { messageId: "<4567@example.org>", dueAt });
  const reminder = await deliver({ mail: { kind: "reminder" }, options: reminding });
  assert(reminder.outcome.kind === "sent");
  assert.equal(reminder.outcome.reminder, undefined);
  const failed = await deliver({ options: reminding, receipt: deferred({ reason: "busy" }) });
  assert.equal(failed.outcome.kind, "deferred");
});
