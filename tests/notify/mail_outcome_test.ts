import assert from "node:assert/strict";
import type { Receipt, Stage } from "../../src/mail/port.ts";
import { Circuit } from "../../src/notify/circuit.ts";
import { mailOutcome, reportAttempt } from "../../src/notify/mail_outcome.ts";
import type { MailOutcome } from "../../src/outbox/port.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { deferred } from "../fakes/mail/recording_transport.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";

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
    outage: undefined,
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
      outage: undefined,
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
      outage: undefined,
    },
  ],
  ["the pause grows to an hour", { attempts: 50 }, deferred({ reason: "refused" }), {
    kind: "deferred",
    reason: "refused",
    until: NOW + HOUR,
    replyCode: undefined,
    doubtful: undefined,
    hung: undefined,
    outage: undefined,
  }],
  [
    "in an outage the pause grows to five minutes",
    { attempts: 50 },
    deferred({ reason: "refused", general: true }),
    {
      kind: "deferred",
      reason: "refused",
      until: NOW + 5 * MINUTE,
      replyCode: undefined,
      doubtful: undefined,
      hung: undefined,
      outage: true,
    },
  ],
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
      mailOutcome(mail, {
        receipt,
        handedOver: false,
        now: NOW,
        random: 0.5,
        longestPause: 5 * MINUTE,
      }),
      outcome,
    );
  });
}

Deno.test("a mail hung when the server had all of it, and never replied", () => {
  const hung = (receipt: Receipt, handedOver: boolean) => {
    const outcome = mailOutcome(FRESH, {
      receipt,
      handedOver,
      now: NOW,
      random: 0.5,
      longestPause: 5 * MINUTE,
    });
    return outcome.kind === "deferred" && outcome.hung === true;
  };
  const silent = deferred({ stage: "data", reason: "no answer" });
  assert.equal(hung(silent, true), true);
  assert.equal(hung(silent, false), false);
  assert.equal(hung(deferred({ stage: "data", reason: "later", replyCode: 451 }), true), false);
});

Deno.test("a mail that hung is not taken for an outage: the server works", () => {
  const receipt = deferred({ stage: "data", reason: "no answer", general: true });
  const ended = { receipt, handedOver: true, now: NOW, random: 0.5, longestPause: 5 * MINUTE };
  const outcome = mailOutcome({ attempts: 50 }, ended);
  assert(outcome.kind === "deferred");
  assert.deepEqual([outcome.outage, outcome.until], [undefined, NOW + HOUR]);
});

/** What an attempt does to a circuit that three failures at the given stage have opened. */
function circuitAfter(failing: Stage, receipt: Receipt, handedOver = false): "open" | "closed" {
  const circuit = new Circuit(new FakeClock());
  const down = deferred({ stage: failing, general: true });
  for (const mail of [1, 2, 3]) {
    reportAttempt(circuit, mail, { receipt: down, handedOver: false });
  }
  assert(circuit.isOpen);
  reportAttempt(circuit, 4, { receipt, handedOver });
  return circuit.isOpen ? "open" : "closed";
}

const GREYLISTED = deferred({ stage: "recipient", replyCode: 451 });
const SPAM = deferred({ fault: "ours", stage: "data", replyCode: 554 });
const EVIDENCE: readonly [
  name: string,
  failing: Stage,
  receipt: Receipt,
  handedOver: boolean,
  circuit: "open" | "closed",
][] = [
  ["an accepted mail ends an outage", "data", ACCEPTED, true, "closed"],
  ["a rejected address ends an outage of the connection", "connect", REJECTED, false, "closed"],
  ["a rejected address does not end a lack of space", "data", REJECTED, false, "open"],
  ["a recipient's 451 ends an outage of the login", "auth", GREYLISTED, false, "closed"],
  ["a refused message ends an outage of the connection", "connect", SPAM, true, "closed"],
  ["a refused message does not end a lack of space", "data", SPAM, true, "open"],
  ["a mail that hung ends nothing by itself", "data", deferred({ stage: "data" }), true, "open"],
  [
    "a mail that could not be composed ends nothing",
    "connect",
    deferred({ fault: "ours", stage: "compose" }),
    false,
    "open",
  ],
];
for (const [name, failing, receipt, handedOver, expected] of EVIDENCE) {
  Deno.test(name, () => {
    assert.equal(circuitAfter(failing, receipt, handedOver), expected);
  });
}
