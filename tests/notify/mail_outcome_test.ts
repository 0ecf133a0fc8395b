import assert from "node:assert/strict";
import type { Receipt } from "../../src/mail/port.ts";
import { mailOutcome } from "../../src/notify/mail_outcome.ts";
import type { MailOutcome } from "../../src/outbox/port.ts";
import { DAY, HOUR, SECOND } from "../../src/settings/duration.ts";
import { deferred } from "../fakes/mail/recording_transport.ts";

const NOW = Date.UTC(2027, 0, 4);
const FRESH = { attempts: 0 };
const LATE = { attempts: 120, deferredSince: NOW - 5 * DAY };
const ACCEPTED: Receipt = { kind: "accepted", response: "250 2.0.0 queued as 4711" };
const REJECTED: Receipt = {
  kind: "rejected",
  stage: "recipient",
  reason: "no such mailbox",
  replyCode: 550,
  enhancedCode: "5.1.1",
};

const OUTCOMES: readonly [
  name: string,
  mail: { attempts: number; deferredSince?: number },
  receipt: Receipt,
  outcome: MailOutcome,
][] = [
  ["an accepted mail is sent", FRESH, ACCEPTED, {
    kind: "sent",
    response: "250 2.0.0 queued as 4711",
  }],
  ["a mail that is accepted after five days is sent", LATE, ACCEPTED, {
    kind: "sent",
    response: "250 2.0.0 queued as 4711",
  }],
  ["a rejected address ends the mail at its first attempt", FRESH, REJECTED, {
    kind: "rejected",
    reason: "no such mailbox",
    replyCode: 550,
  }],
  ["a rejected address is rejected, and not expired, after five days", LATE, REJECTED, {
    kind: "rejected",
    reason: "no such mailbox",
    replyCode: 550,
  }],
  ["a temporary failure defers the mail", FRESH, deferred({ reason: "refused" }), {
    kind: "deferred",
    reason: "refused",
    until: NOW + 10 * SECOND,
    replyCode: undefined,
    doubtful: undefined,
    hung: undefined,
  }],
  [
    "a failure that is ours defers the mail as well, whatever its code",
    FRESH,
    deferred({ fault: "ours", stage: "sender", reason: "relaying denied", replyCode: 550 }),
    {
      kind: "deferred",
      reason: "relaying denied",
      until: NOW + 10 * SECOND,
      replyCode: 550,
      doubtful: undefined,
      hung: undefined,
    },
  ],
  [
    "a doubtful refusal defers the mail, and says so",
    FRESH,
    deferred({ fault: "doubtful", stage: "recipient", reason: "no", replyCode: 550 }),
    {
      kind: "deferred",
      reason: "no",
      until: NOW + 10 * SECOND,
      replyCode: 550,
      doubtful: true,
      hung: undefined,
    },
  ],
  ["the pause grows to an hour", { attempts: 50 }, deferred({ reason: "refused" }), {
    kind: "deferred",
    reason: "refused",
    until: NOW + HOUR,
    replyCode: undefined,
    doubtful: undefined,
    hung: undefined,
  }],
  [
    "a mail that fails for five days expires, with the last reply's code",
    LATE,
    deferred({ reason: "try later", replyCode: 451 }),
    { kind: "expired", reason: "try later", replyCode: 451 },
  ],
];
for (const [name, mail, receipt, outcome] of OUTCOMES) {
  Deno.test(name, () => {
    assert.deepEqual(
      mailOutcome(mail, { receipt, handedOver: false, now: NOW, random: 0.5 }),
      outcome,
    );
  });
}

Deno.test("a mail hung when the server had all of it, and never replied", () => {
  const hung = (receipt: Receipt, handedOver: boolean) => {
    const outcome = mailOutcome(FRESH, { receipt, handedOver, now: NOW, random: 0.5 });
    return outcome.kind === "deferred" && outcome.hung === true;
  };
  const silent = deferred({ stage: "data", reason: "no answer" });
  assert.equal(hung(silent, true), true);
  assert.equal(hung(silent, false), false);
  assert.equal(hung(deferred({ stage: "data", reason: "later", replyCode: 451 }), true), false);
});
