import fc from "fast-check";
import assert from "node:assert/strict";
import type { Stage } from "../../src/mail/port.ts";
import {
  classifyReply,
  isGeneral,
  parseReply,
  plainReason,
  REPLY_RULES,
  TRANSIENT_CODES,
} from "../../src/mail/reply.ts";
import { codePoint } from "../fakes/text/code_point.ts";
import { replaceTable } from "./markdown_table.ts";

const STAGES: readonly Stage[] = [
  "connect",
  "greeting",
  "auth",
  "sender",
  "recipient",
  "data",
  "compose",
];

function verdict(stage: Stage, replyCode?: number, enhancedCode?: string, networkCode?: string) {
  return classifyReply({ stage, replyCode, enhancedCode, networkCode }).fault;
}

Deno.test("4xx is temporary at any stage, with any enhanced code", () => {
  for (const stage of STAGES) {
    for (const enhanced of [undefined, "4.2.1", "5.1.1", "5.7.1"]) {
      for (const code of [400, 421, 450, 451, 452, 499]) {
        assert.equal(verdict(stage, code, enhanced), "temporary");
      }
    }
  }
});

Deno.test("only a code that can mean nothing else ends an address, and only at RCPT", () => {
  for (const stage of STAGES) {
    for (const enhanced of ["5.1.1", "5.1.3", "5.1.6", "5.1.10"]) {
      for (const code of [550, 552, 553, 554]) {
        assert.equal(verdict(stage, code, enhanced), stage === "recipient" ? "recipient" : "ours");
      }
    }
  }
});

Deno.test("every other 5.x.x at RCPT is doubtful, and ours at any other stage", () => {
  const enhanced = [
    ...["5.0.0", "5.1.0", "5.1.2", "5.1.4", "5.1.5", "5.1.9", "5.1.11", "5.1.90", "5.1.100"],
    ...["5.2.0", "5.2.1", "5.2.2", "5.2.252", "5.3.0", "5.4.1", "5.5.0", "5.6.0", "5.7.1"],
  ];
  for (const stage of STAGES) {
    for (const code of enhanced) {
      for (const reply of [550, 551, 552, 553, 554, 571]) {
        const expected = stage === "recipient" ? "doubtful" : "ours";
        assert.equal(verdict(stage, reply, code), expected, `${stage} ${reply} ${code}`);
      }
    }
  }
});

Deno.test("5.1.7 and 5.1.8 are about the sender: ours", () => {
  for (const stage of STAGES) {
    assert.equal(verdict(stage, 550, "5.1.7"), "ours");
    assert.equal(verdict(stage, 553, "5.1.8"), "ours");
  }
  // They are not the beginnings of other codes.
  assert.equal(verdict("recipient", 550, "5.1.70"), "doubtful");
});

Deno.test("a bare 550, 551 or 553 is doubtful at RCPT, all other bare refusals are ours", () => {
  for (const stage of STAGES) {
    for (const code of [550, 551, 553]) {
      assert.equal(verdict(stage, code), stage === "recipient" ? "doubtful" : "ours");
    }
    for (const code of [500, 501, 503, 521, 530, 535, 552, 554, 555, 571]) {
      assert.equal(verdict(stage, code), "ours");
    }
  }
});

Deno.test("an enhanced code of another class than the reply's rejects nothing", () => {
  assert.equal(verdict("recipient", 550, "4.1.1"), "ours");
  assert.equal(verdict("recipient", 550, "2.1.1"), "ours");
});

// What servers say when this service is at fault, and what they say of a recipient.
const FROM_THE_FIELD: readonly (readonly [string, Stage, string, string])[] = [
  ["Exim refuses to relay", "recipient", "550 relay not permitted", "doubtful"],
  ["cPanel cannot verify our sender", "recipient", "550 Sender verify failed", "doubtful"],
  ["relaying is not permitted", "recipient", "553 sorry, not in my list", "doubtful"],
  ["Postfix does not know our sender", "recipient", "550 5.1.0 <a@x>: rejected", "doubtful"],
  ["Exchange Online's daily limit", "recipient", "550 5.1.90 Your message", "doubtful"],
  ["Exchange Online: SendAs denied", "data", "554 5.2.252 SendAsDenied", "ours"],
  ["Exchange Online: our mailbox is full", "data", "554 5.2.0 STOREDRV", "ours"],
  ["the From is not the login's", "data", "553 From does not belong to you", "ours"],
  ["the mailbox is disabled or throttled", "recipient", "550 5.2.1 disabled", "doubtful"],
  ["the mailbox is full", "recipient", "552 5.2.2 over quota", "doubtful"],
  ["relaying denied", "recipient", "550 5.7.1 Relaying denied", "doubtful"],
  ["a mailbox that does not exist", "recipient", "550 5.1.1 User unknown", "recipient"],
  ["Exchange Online: no such recipient", "recipient", "550 5.1.10 NotFound", "recipient"],
];

for (const [what, stage, reply, fault] of FROM_THE_FIELD) {
  Deno.test(`${what}: ${reply} at ${stage} is ${fault}`, () => {
    assert.equal(classifyReply({ stage, ...parseReply(reply) }).fault, fault);
  });
}

Deno.test("docs/mail.md has the table of replies as the code has it", async () => {
  const rows = REPLY_RULES.map(({ reply, fault, meaning }) => [reply, FAULTS[fault], meaning]);
  await replaceTable("replies", ["reply", "taken for", "meaning"], rows);
});

const FAULTS = {
  recipient: "the recipient: rejected at once",
  doubtful: "doubtful: deferred",
  temporary: "temporary: deferred",
  ours: "ours: deferred, logged as an error",
} as const;

Deno.test("without a reply, network errors are temporary, all others are ours", () => {
  for (const stage of STAGES) {
    for (const code of TRANSIENT_CODES) {
      assert.equal(verdict(stage, undefined, undefined, code), "temporary");
    }
    for (const code of ["ETLS", "ENOTLS", "EAUTH", "ENOAUTH", "EPERM", "EPROTOCOL", "anything"]) {
      assert.equal(verdict(stage, undefined, undefined, code), "ours");
    }
    assert.equal(verdict(stage), "ours");
  }
});

Deno.test("codes are read where RFC 5321 and RFC 3463 put them, and nowhere else", () => {
  const rows: readonly (readonly [string, number | undefined, string | undefined])[] = [
    ["550 5.1.1 No", 550, "5.1.1"],
    ["550-5.1.1 No\n550 5.1.1 such user", 550, "5.1.1"],
    ["550-No such user\r\n550 5.2.1 here", 550, "5.2.1"],
    ["550", 550, undefined],
    ["550 No 5.1.1", 550, undefined],
    ["550 5.1.1.1 address", 550, undefined],
    ["550 15.1.1", 550, undefined],
    ["550 6.1.1", 550, undefined],
    ["550 5.1234.1", 550, undefined],
    ["5501 5.1.1", undefined, undefined],
    ["650 what", undefined, undefined],
    ["hello 550 5.1.1", undefined, undefined],
    ["", undefined, undefined],
  ];
  for (const [text, replyCode, enhancedCode] of rows) {
    const reply = parseReply(text);
    assert.deepEqual([reply?.replyCode, reply?.enhancedCode], [replyCode, enhancedCode], text);
  }
});

Deno.test("a reason never contains an address, a control character or more than a line, whatever a server says", () => {
  fc.assert(fc.property(fc.string({ unit: codePoint, maxLength: 400 }), (text) => {
    const reason = plainReason(`${text} <bob@example.org>${text} eve@evil.example`);
    assert.doesNotMatch(reason, /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u);
    assert.doesNotMatch(reason, /bob@|eve@/);
    assert(reason.length < 5000);
  }));
  assert.equal(plainReason("550-5.1.1 a\r\n550 5.1.1 b"), "550-5.1.1 a 5.1.1 b");
});

const GENERAL: readonly (readonly [Stage, reply: string, networkCode?: string])[] = [
  ["connect", "", "ECONNREFUSED"],
  ["connect", "", "ENOTFOUND"],
  ["connect", "", "ETLS"],
  ["greeting", "554 No service here"],
  ["greeting", "421 4.3.2 Too many connections"],
  ["auth", "535 5.7.8 Wrong password", "EAUTH"],
  ["auth", "454 4.7.0 Temporary authentication failure", "EAUTH"],
  ["auth", "", "EPLAINLOGIN"],
  ["sender", "550 5.7.1 Sender refused"],
  ["sender", "452 4.3.1 Insufficient storage"],
  ["sender", "", "ECONNRESET"],
  ["recipient", "421 4.3.2 Shutting down"],
  ["recipient", "553 5.1.8 Sender's domain does not exist"],
  ["recipient", "", "ETIMEDOUT"],
  ["data", "421 4.4.2 Timeout"],
  ["data", "452 4.3.1 Insufficient system storage"],
  ["data", "554 5.2.0 STOREDRV: quota exceeded"],
];
Deno.test("what any other email would have met as well is general", () => {
  for (const [stage, reply, networkCode] of GENERAL) {
    assert(isGeneral({ stage, ...parseReply(reply), networkCode }), `${stage}: ${reply}`);
  }
});

const OF_ONE_EMAIL: typeof GENERAL = [
  ["sender", "", "ESIZE"],
  ["sender", "", "ESMTPUTF8"],
  ["sender", "552 5.3.4 Message too big"],
  ["sender", "552 Too large"],
  ["recipient", "450 4.2.0 Greylisted"],
  ["recipient", "451 4.7.1 Try again later"],
  ["recipient", "452 4.2.2 Mailbox full"],
  ["recipient", "550 5.1.1 User unknown"],
  ["recipient", "550 5.7.1 Relaying denied"],
  ["recipient", "550 No such user"],
  ["data", "550 5.7.1 Spam"],
  ["data", "554 Message refused"],
  ["data", "451 4.7.1 Greylisted"],
  ["data", "552 5.3.4 Message too big"],
  ["data", "", "EABORT"],
];
Deno.test("what is said about a recipient or a message concerns no other email", () => {
  for (const [stage, reply, networkCode] of OF_ONE_EMAIL) {
    assert(!isGeneral({ stage, ...parseReply(reply), networkCode }), `${stage}: ${reply}`);
  }
});
