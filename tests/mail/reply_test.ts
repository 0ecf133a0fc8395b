import fc from "fast-check";
import assert from "node:assert/strict";
import type { Stage } from "../../src/mail/port.ts";
import { classifyReply, parseReply, plainReason, TRANSIENT_CODES } from "../../src/mail/reply.ts";
import { codePoint } from "../fakes/text/code_point.ts";

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
  const verdict = classifyReply({ stage, replyCode, enhancedCode, networkCode });
  return verdict.kind === "rejected" ? "rejected" : verdict.fault;
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

Deno.test("a permanent refusal about the mailbox rejects it, at RCPT and at DATA", () => {
  for (const stage of STAGES) {
    const ends = stage === "recipient" || stage === "data";
    for (const enhanced of ["5.1.0", "5.1.1", "5.1.6", "5.1.10", "5.2.0", "5.2.1", "5.2.2"]) {
      for (const code of [550, 552, 553, 554]) {
        assert.equal(verdict(stage, code, enhanced), ends ? "rejected" : "ours");
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
  assert.equal(verdict("recipient", 550, "5.1.70"), "rejected");
});

Deno.test("a bare 550, 551 or 553 rejects the address at RCPT alone", () => {
  for (const stage of STAGES) {
    for (const code of [550, 551, 553]) {
      assert.equal(verdict(stage, code), stage === "recipient" ? "rejected" : "ours");
    }
    for (const code of [500, 501, 503, 521, 530, 535, 552, 554, 555, 571]) {
      assert.equal(verdict(stage, code), "ours");
    }
  }
});

Deno.test("5.3.x to 5.7.x anywhere are ours, whatever the reply code", () => {
  for (const stage of STAGES) {
    for (const subject of [0, 3, 4, 5, 6, 7, 10, 20]) {
      for (const code of [550, 551, 553, 554]) {
        assert.equal(verdict(stage, code, `5.${subject}.1`), "ours");
      }
    }
  }
});

Deno.test("an enhanced code of another class than the reply's rejects nothing", () => {
  assert.equal(verdict("recipient", 550, "4.1.1"), "ours");
  assert.equal(verdict("recipient", 550, "2.1.1"), "ours");
});

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
