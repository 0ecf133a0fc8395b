import assert from "node:assert/strict";
import fc from "fast-check";
import type { ReportedRecipient } from "../../../src/domain/bounce_report.ts";
import { readMessage } from "../../../src/mail/bounces/read_report.ts";
import { bytesOf, deliveryReport, type ReportOptions } from "./reports.ts";

const TO = "bounce+x@bounces.example.org";

function reported(text: string): readonly ReportedRecipient[] {
  const { report } = readMessage(bytesOf(text));
  assert.ok(report.kind === "report", JSON.stringify(report));
  return report.recipients;
}

const CASES: Readonly<Record<string, [ReportOptions, Partial<ReportedRecipient>]>> = {
  "a failure": [{}, { failed: true, status: "5.1.1", text: "550 5.1.1 <address>: User unknown" }],
  "a delay": [{ action: "delayed", status: "4.4.1" }, { failed: false, status: "4.4.1" }],
  "a delivery": [{ action: "delivered", status: "2.0.0" }, { failed: false }],
  "a relay": [{ action: "relayed", status: "2.0.0" }, { failed: false }],
  "any case, and a comment": [
    { action: "FAILED (by the user's rule)", status: "5.2.2 (mailbox full)" },
    { failed: true, status: "5.2.2" },
  ],
  "no status": [{ status: "" }, { failed: true, status: undefined }],
  "a status that is none": [{ status: "5.1.1.1" }, { status: undefined }],
  "a folded diagnostic code": [
    { diagnostic: "smtp;\n 552 5.2.2\n\tMailbox full" },
    { text: "552 5.2.2 Mailbox full" },
  ],
  "a diagnostic code with controls": [
    { diagnostic: "x-unix; a\x1b[31m\u202eb" },
    { text: "a[31mb" },
  ],
  "a long diagnostic code": [
    { diagnostic: `smtp; ${"x".repeat(5000)}` },
    { text: `${"x".repeat(200)}\u2026` },
  ],
};
for (const [what, [options, expected]] of Object.entries(CASES)) {
  Deno.test(`a delivery report is read: ${what}`, () => {
    const [recipient, ...others] = reported(deliveryReport(options));
    assert.deepEqual(others, []);
    assert.deepEqual({ ...recipient, ...expected }, recipient);
  });
}

const CHANGES: Readonly<Record<string, (report: string) => string>> = {
  "with CRLF": (report) => report.replaceAll("\n", "\r\n"),
  "in mbox form": (report) => `From MAILER-DAEMON Sat Nov 28 02:00:00 2026\n${report}`,
  "of RFC 6533": (report) =>
    report.replace("message/delivery-status", "message/global-delivery-status")
      .replace("rfc822; bob@", "utf-8; b\u00f6b@"),
  "without an original recipient": (report) => report.replace(/^Original-Recipient.*\n/m, ""),
  "without its end": (report) => report.slice(0, report.indexOf("Undelivered Message")),
  "in base64": (report) =>
    report.replace(
      /(Content-Type: message\/delivery-status)\n\n([^]*?)\n(?=--ABC)/,
      (_, type, body) => `${type}\nContent-Transfer-Encoding: base64\n\n${btoa(body)}\n`,
    ),
  "in the multipart of a gateway": (report) => {
    const end = report.indexOf("\n\n");
    const header = /^Content-Type:[^\n]*\n[^\n]*$/m.exec(report)?.[0] ?? "";
    const outer = 'Content-Type: multipart/mixed; boundary="gw"';
    return `${report.slice(0, end).replace(header, outer)}\n\n--gw\n${header}\n` +
      `${report.slice(end + 1)}\n--gw--\n`;
  },
};
for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test(`a delivery report is read ${what}`, () => {
    const [recipient] = reported(change(deliveryReport()));
    assert.deepEqual([recipient?.failed, recipient?.status], [true, "5.1.1"]);
  });
}

Deno.test("each recipient of a report is read", () => {
  const more = "\nFinal-Recipient: rfc822; carol@mail.example\nAction: delayed\nStatus: 4.4.1\n";
  const report = deliveryReport().replace(/(Diagnostic-Code:.*\n)/, `$1${more}`);
  assert.deepEqual(reported(report).map(({ status }) => status), ["5.1.1", "4.4.1"]);
});

Deno.test("qmail's reports have no codes", () => {
  const text = `From: MAILER-DAEMON@mail.example\nTo: ${TO}\n\n` +
    "Hi. This is the qmail-send program at mail.example.\nI'm afraid I wasn't able to deliver.\n\n" +
    "<bob@mail.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n" +
    "--- Below this line is a copy of the message.\n\nSubject: Invited\n\n<a@b>:\nx\n";
  const [recipient] = reported(text);
  assert.deepEqual(recipient, {
    failed: true,
    text: "Sorry, no mailbox here by that name. (#5.1.1)",
  });
});

const OTHERS: Readonly<Record<string, [string, string]>> = {
  "a vacation reply": [
    `Auto-Submitted: auto-replied (vacation)\nTo: ${TO}\n\nI am away.\n`,
    "an automatic reply",
  ],
  "an answer": [`To: ${TO}\n\nWho are you?\n`, "a message without a delivery report"],
  "a read receipt": [
    deliveryReport().replace("message/delivery-status", "message/disposition-notification"),
    "an automatic reply",
  ],
  "a report that was forwarded as an attachment": [
    `To: ${TO}\nContent-Type: multipart/mixed; boundary=f\n\n--f\nContent-Type: message/rfc822\n\n` +
    `${deliveryReport()}\n--f--\n`,
    "a message without a delivery report",
  ],
  "nothing": ["", "a message without a delivery report"],
};
for (const [what, [text, expected]] of Object.entries(OTHERS)) {
  Deno.test(`${what} is no delivery report`, () => {
    assert.deepEqual(readMessage(bytesOf(text)).report, { kind: "other", what: expected });
  });
}

Deno.test("the envelope's recipient comes before what the author writes", () => {
  const text = `To: "A, B" <a@x.example>, b@x.example\nDelivered-To: c@x.example\n` +
    `Envelope-To: <d@x.example>\nX-Original-To: e@x.example\n\n`;
  const { recipients } = readMessage(bytesOf(text));
  assert.deepEqual(recipients.map((address) => address[0]), ["e", "c", "d", "a", "b"]);
});

Deno.test("no message makes reading fail", () => {
  const line = fc.constantFrom(
    ...deliveryReport().split("\n"),
    ...[
      "--a",
      "--a--",
      'Content-Type: multipart/report; boundary="a"',
      "Content-Type: multipart/x",
    ],
    ...[
      "Content-Transfer-Encoding: base64",
      "=?x?b?\u0000?=",
      "\u0000",
      ":",
      " ",
      "Action: failed",
    ],
    'Content-Type: multipart/mixed; boundary="\\\\\\\\',
  );
  fc.assert(fc.property(
    fc.array(fc.oneof(line, fc.string()), { maxLength: 60 }),
    (lines) => void readMessage(bytesOf(lines.join("\n"))),
  ));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void readMessage(bytes)));
});

const HEAVY: Readonly<Record<string, string>> = {
  "short lines": "a\n".repeat(500_000),
  "empty lines": "\n".repeat(1_000_000),
  "a long header": `To: ${"<a@b.example>,".repeat(70_000)}\n\n`,
  "a long line of @": `To: ${"@".repeat(900_000)}\n\n`,
  "nested multiparts": "Content-Type: multipart/mixed; boundary=a\n\n--a\n".repeat(20_000),
  "many parts": `Content-Type: multipart/report; boundary=a\n\n${"--a\n\n".repeat(150_000)}`,
  "many recipients": deliveryReport().replace(
    /Final-Recipient/,
    `${"Action: failed\nStatus: 5.1.1\n\n".repeat(30_000)}Final-Recipient`,
  ),
  "many parameters": `Content-Type: multipart/report; ${'a="b";'.repeat(100_000)}\n\n`,
  "an open quotation mark": `Content-Type: multipart/report; a="${'\\";a='.repeat(150_000)}\n\n`,
  "blanks": `Content-Type: multipart/report;${" ".repeat(900_000)}\n\n`,
};
for (const [what, text] of Object.entries(HEAVY)) {
  Deno.test(`reading takes a bounded time: ${what}`, () => {
    const bytes = bytesOf(text);
    const start = performance.now();
    readMessage(bytes);
    // A hundredth of that on an idle machine; what grows with the square takes minutes.
    assert.ok(performance.now() - start < 10_000);
  });
}
