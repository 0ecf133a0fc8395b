import assert from "node:assert/strict";
import type { SmtpOptions } from "../../../src/mail/smtp/transport.ts";
import { message } from "../../fakes/mail/messages.ts";
import { startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";
import { type SinkOptions, startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { CA, ELSEWHERE, LOCALHOST, UNRELATED_CA } from "../../fakes/net/certificates.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { rowTest } from "../../thorough.ts";
import { openSmtp, secret } from "./open_smtp.ts";

const LOGIN = { user: "mailer", password: "correct horse" };
const WITH_LOGIN: Partial<SmtpOptions> = {
  login: LOGIN.user,
  password: secret(LOGIN.password),
};

type Outcome = "plain" | "secure" | "secure, warned" | "refused";

interface Row {
  readonly tls: 0 | 1 | 2 | 3;
  readonly login: boolean;
  readonly server: "no TLS" | "STARTTLS" | "TLS";
  readonly certificate: "valid" | "unknown CA" | "other name";
  readonly outcome: Outcome;
}

const ROWS: readonly Row[] = [
  // 0: never.
  { tls: 0, login: false, server: "no TLS", certificate: "valid", outcome: "plain" },
  { tls: 0, login: false, server: "STARTTLS", certificate: "valid", outcome: "plain" },
  { tls: 0, login: true, server: "STARTTLS", certificate: "unknown CA", outcome: "plain" },
  // 1: if offered; a certificate that does not verify only without a login.
  { tls: 1, login: false, server: "no TLS", certificate: "valid", outcome: "plain" },
  { tls: 1, login: true, server: "no TLS", certificate: "valid", outcome: "plain" },
  { tls: 1, login: false, server: "STARTTLS", certificate: "valid", outcome: "secure" },
  { tls: 1, login: true, server: "STARTTLS", certificate: "valid", outcome: "secure" },
  {
    tls: 1,
    login: false,
    server: "STARTTLS",
    certificate: "unknown CA",
    outcome: "secure, warned",
  },
  {
    tls: 1,
    login: false,
    server: "STARTTLS",
    certificate: "other name",
    outcome: "secure, warned",
  },
  { tls: 1, login: true, server: "STARTTLS", certificate: "unknown CA", outcome: "refused" },
  { tls: 1, login: true, server: "STARTTLS", certificate: "other name", outcome: "refused" },
  // 2: required, and it has to verify.
  { tls: 2, login: false, server: "no TLS", certificate: "valid", outcome: "refused" },
  { tls: 2, login: false, server: "STARTTLS", certificate: "valid", outcome: "secure" },
  { tls: 2, login: true, server: "STARTTLS", certificate: "valid", outcome: "secure" },
  { tls: 2, login: false, server: "STARTTLS", certificate: "unknown CA", outcome: "refused" },
  { tls: 2, login: false, server: "STARTTLS", certificate: "other name", outcome: "refused" },
  { tls: 2, login: true, server: "STARTTLS", certificate: "other name", outcome: "refused" },
  // 3: from the start, and it has to verify.
  { tls: 3, login: false, server: "TLS", certificate: "valid", outcome: "secure" },
  { tls: 3, login: true, server: "TLS", certificate: "valid", outcome: "secure" },
  { tls: 3, login: false, server: "TLS", certificate: "unknown CA", outcome: "refused" },
  { tls: 3, login: true, server: "TLS", certificate: "other name", outcome: "refused" },
];

for (const row of ROWS) {
  const { tls, login, server, certificate, outcome } = row;
  const title = `tls ${tls}, ${login ? "a login" : "no login"}, ${server}` +
    `${server === "no TLS" ? "" : ` with ${certificate}`}: ${outcome}`;
  rowTest(login)(title, async () => {
    await using logs = await collectLogs();
    await using sink = await startSmtpSink({
      ...(server === "no TLS" ? {} : { tls: certificate === "other name" ? ELSEWHERE : LOCALHOST }),
      implicit: server === "TLS",
      ...(login ? { login: LOGIN } : {}),
    });
    await using transport = openSmtp(sink.port, {
      tls,
      ca: [certificate === "unknown CA" ? UNRELATED_CA : CA],
      ...(login ? WITH_LOGIN : {}),
    });
    const failure = await transport.check();
    const receipt = await transport.send(message());
    const warnings = logs.at("warning").length;
    if (outcome === "refused") {
      assert(failure);
      assert.equal(sink.mails.length, 0);
      assert(receipt.kind === "deferred");
      assert.equal(receipt.fault, "ours");
      assert.equal(receipt.stage, "greeting");
      assert.match(receipt.reason, /TLS/);
    } else {
      assert.equal(failure, undefined);
      assert.equal(receipt.kind, "accepted");
      const [mail, ...others] = sink.mails;
      assert.deepEqual(others, []);
      assert.equal(mail?.secure, outcome !== "plain");
      assert.equal(mail?.user, login ? LOGIN.user : undefined);
    }
    // Two connections, one warning.
    assert.equal(warnings, outcome === "secure, warned" ? 1 : 0);
  });
}

Deno.test("the certificate has to be for the host's name", async () => {
  await using sink = await startSmtpSink({ tls: LOCALHOST });
  await using transport = openSmtp(sink.port, { host: "localhost", tls: 2, ca: [CA] });
  assert.equal((await transport.send(message())).kind, "accepted");
});

Deno.test("a certificate of an unknown authority is refused when others are trusted", async () => {
  await using sink = await startSmtpSink({ tls: LOCALHOST });
  await using transport = openSmtp(sink.port, { tls: 2 });
  assert.equal((await transport.check())?.stage, "greeting");
});

Deno.test("STARTTLS that is offered and then refused is not bypassed", async () => {
  for (
    const [play, fault] of [
      ["454 4.7.0 TLS not available", "temporary"],
      ["501 5.5.4 Syntax error", "ours"],
      ["drop", "temporary"],
    ] as const
  ) {
    await using server = startScriptedSmtp({ extensions: ["STARTTLS"], plays: { starttls: play } });
    await using transport = openSmtp(server.port);
    const receipt = await transport.send(message());
    assert(receipt.kind === "deferred");
    assert.deepEqual([receipt.stage, receipt.fault], ["greeting", fault]);
    assert(!server.lines.some((line) => line.startsWith("MAIL")));
  }
});

Deno.test("unencrypted data after STARTTLS is not treated as a reply over TLS", async () => {
  await using server = startScriptedSmtp({
    extensions: ["STARTTLS"],
    plays: { starttls: { raw: "220 Go\r\n250-mine.example\r\n250 AUTH PLAIN\r\n235 Welcome\r\n" } },
  });
  await using transport = openSmtp(server.port, { ...WITH_LOGIN, timeout: 300 });
  const receipt = await transport.send(message());
  assert.equal(receipt.kind, "deferred");
  assert.equal(server.lines.filter((line) => /AUTH|MAIL/.test(line)).length, 0);
});

Deno.test("a server that speaks TLS unexpectedly, or does not speak it, is not a mail server", async () => {
  await using clear = startScriptedSmtp();
  await using tlsFirst = openSmtp(clear.port, { tls: 3, ca: [CA] });
  const wrong = await tlsFirst.send(message());
  assert(wrong.kind === "deferred");
  assert.equal(wrong.fault, "ours");
  await using secured = startScriptedSmtp({ tls: LOCALHOST });
  await using never = openSmtp(secured.port, { tls: 0, timeout: 300 });
  assert.equal((await never.send(message())).kind, "deferred");
});

Deno.test("a wrong password is our fault and never shown", async () => {
  const lines: string[] = [];
  for (const authMethods of [["PLAIN"], ["LOGIN"], ["CRAM-MD5"]]) {
    await using logs = await collectLogs();
    const options: SinkOptions = { tls: LOCALHOST, login: LOGIN, authMethods };
    await using sink = await startSmtpSink(options);
    await using transport = openSmtp(sink.port, {
      ca: [CA],
      login: "mailer",
      password: secret("hunter2 is wrong"),
    }, { onDialogue: ({ from, text }) => lines.push(`${from} ${text}`) });
    const receipt = await transport.send(message());
    assert(receipt.kind === "deferred");
    assert.deepEqual([receipt.stage, receipt.fault, receipt.replyCode], ["auth", "ours", 535]);
    const shown = JSON.stringify([receipt, await transport.check(), lines, logs.records]);
    for (const form of ["hunter2 is wrong", "mailer\0", btoa("hunter2 is wrong"), btoa("mailer")]) {
      assert(!shown.includes(form), `${form} in ${shown}`);
    }
    assert(!shown.includes(btoa("\0mailer\0hunter2 is wrong")));
  }
  assert(lines.some((line) => line.startsWith("client AUTH PLAIN [redacted]")));
});

Deno.test("each login mechanism works, and no credentials are shown", async () => {
  for (const authMethods of [["PLAIN"], ["LOGIN"]]) {
    const lines: string[] = [];
    await using sink = await startSmtpSink({ tls: LOCALHOST, login: LOGIN, authMethods });
    await using transport = openSmtp(sink.port, { ca: [CA], ...WITH_LOGIN }, {
      onDialogue: ({ text }) => lines.push(text),
    });
    assert.equal((await transport.send(message())).kind, "accepted");
    assert(!lines.join("\n").includes(btoa(LOGIN.password)));
    assert(!lines.join("\n").includes(btoa(LOGIN.user)));
  }
});

Deno.test("a login that is not offered, or has only a user, fails", async () => {
  await using server = startScriptedSmtp();
  await using transport = openSmtp(server.port, WITH_LOGIN);
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["auth", "ours"]);
  assert.deepEqual(server.lines, ["EHLO client.example", "QUIT"]);
  await using offering = startScriptedSmtp({ extensions: ["AUTH PLAIN"] });
  await using half = openSmtp(offering.port, { login: "mailer" });
  assert.equal((await half.check())?.stage, "auth");
});
