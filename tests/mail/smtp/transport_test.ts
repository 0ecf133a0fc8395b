import assert from "node:assert/strict";
import { openSmtpTransport } from "../../../src/mail/smtp/transport.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { testMailTransport } from "../../contracts/mail_transport.ts";
import { address, message } from "../../fakes/mail/messages.ts";
import { startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";
import { startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";
import { howMany } from "../../thorough.ts";
import { openSmtp, secret } from "./open_smtp.ts";

testMailTransport({
  name: "smtp",
  async open() {
    const sink = await startSmtpSink();
    const transport = openSmtp(sink.port);
    return {
      transport,
      arrived: () => Promise.resolve(sink.mails.length),
      async [Symbol.asyncDispose]() {
        await transport[Symbol.asyncDispose]();
        await sink[Symbol.asyncDispose]();
      },
    };
  },
});

Deno.test("SMTP sends as many emails at once as it has connections, each within ten timeouts and the ten minutes of the final reply", async () => {
  await using transport = openSmtp(1, { pool: 7, timeout: 2_000 });
  const { concurrency, longestSend } = transport;
  assert.deepEqual({ concurrency, longestSend }, { concurrency: 7, longestSend: 20_000 + 600_000 });
});

Deno.test("an email arrives as it was composed, with all standard header fields", async () => {
  await using sink = await startSmtpSink();
  await using transport = openSmtp(sink.port);
  const receipt = await transport.send(message({
    from: { name: "Übersicht, AG", address: address("matrix@exämple.org") },
    to: { name: "Bob \u{1F642}", address: address("bob@example.org") },
    headers: { "Reply-To": "help@example.org", "List-Id": "invites <invites.example.org>" },
    content: {
      kind: "parts",
      subject: "Alice lädt Sie ein",
      text: "Grüße\n.\n..\nEnde\n",
      html: '<p>Grüße <img src="cid:logo" alt=""></p>\n',
      inline: [{ contentId: "logo", mediaType: "image/png", bytes: new Uint8Array([137, 80]) }],
    },
  }));
  assert.deepEqual(receipt.kind, "accepted");
  const [mail] = sink.mails;
  assert(mail);
  assert.deepEqual(mail.to, ["bob@example.org"]);
  assert.equal(mail.clientName, "client.example");
  const { email, raw } = mail;
  assert.deepEqual(email.from, { name: "Übersicht, AG", address: "matrix@xn--exmple-cua.org" });
  assert.deepEqual(email.to, [{ name: "Bob \u{1F642}", address: "bob@example.org" }]);
  assert.deepEqual(email.replyTo, [{ name: "", address: "help@example.org" }]);
  assert.equal(email.subject, "Alice lädt Sie ein");
  assert.equal(email.messageId, "<3f2a9c@example.org>");
  assert.equal(email.date, "2026-07-01T08:30:05.000Z");
  assert.equal(email.text?.trimEnd(), "Grüße\n.\n..\nEnde");
  assert.equal(email.html?.trimEnd(), '<p>Grüße <img src="cid:logo" alt=""></p>');
  assert.equal(email.attachments[0]?.contentId, "<logo>");
  const fields = Object.fromEntries(email.headers.map(({ key, value }) => [key, value]));
  assert.equal(fields["auto-submitted"], "auto-generated");
  assert.equal(fields["x-auto-response-suppress"], "All");
  assert.equal(fields["list-id"], "invites <invites.example.org>");
  assert.equal(fields["mime-version"], "1.0");
  assert.equal(fields["cc"] ?? fields["bcc"] ?? fields["sender"] ?? fields["x-mailer"], undefined);
  assert.match(raw, /^(?:[^\r\n]{0,998}\r\n)+$/);
});

Deno.test("connections are reused and limited by the pool's size", async () => {
  const mails = howMany(60, 200);
  await using sink = await startSmtpSink();
  await using transport = openSmtp(sink.port, { pool: 3 });
  const receipts = await Promise.all(
    Array.from(
      { length: mails },
      (_, at) => transport.send(message({ messageId: `<mail-${at}@example.org>` })),
    ),
  );
  assert(receipts.every(({ kind }) => kind === "accepted"));
  assert.equal(sink.connections, 3);
  const ids = sink.mails.map(({ email }) => email.messageId);
  assert.equal(new Set(ids).size, mails);
  assert.equal(ids.length, mails);
});

Deno.test("an idle connection is closed with QUIT", async () => {
  const clock = new FakeClock();
  await using server = startScriptedSmtp();
  await using transport = openSmtp(server.port, {}, { clock });
  await transport.send(message());
  await clock.advance(19_999);
  assert.equal(server.lines.at(-1), "DATA");
  await clock.advance(1);
  await server.reached("quit");
  assert.equal(server.lines.at(-1), "QUIT");
});

Deno.test("a connection that the server closed meanwhile is replaced, and the email arrives once", async () => {
  for (const extensions of [[], ["PIPELINING"]]) {
    await using server = startScriptedSmtp({ extensions });
    await using transport = openSmtp(server.port);
    assert.equal((await transport.send(message())).kind, "accepted");
    server.dropAll();
    assert.equal((await transport.send(message())).kind, "accepted");
    assert.equal(server.mails.length, 2);
    assert.equal(server.connections, 2);
  }
});

Deno.test("a connection that is closed when it is reused is replaced once", async () => {
  for (const gone of ["drop", "421 4.4.2 Timeout exceeded"] as const) {
    await using server = startScriptedSmtp({ plays: { mail: ["250 2.1.0 Ok", gone] } });
    await using transport = openSmtp(server.port);
    assert.equal((await transport.send(message())).kind, "accepted");
    assert.equal((await transport.send(message())).kind, "accepted");
    assert.equal(server.mails.length, 2);
  }
  await using server = startScriptedSmtp({ plays: { mail: ["250 2.1.0 Ok", "drop", "drop"] } });
  await using transport = openSmtp(server.port);
  assert.equal((await transport.send(message())).kind, "accepted");
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.equal(receipt.fault, "temporary");
  assert.equal(receipt.stage, "sender");
  assert.equal(server.connections, 2);
});

Deno.test("an email is deferred when the server dies after it was sent, and not sent again", async () => {
  for (const play of ["drop", { raw: "25" }] as const) {
    await using server = startScriptedSmtp({ plays: { message: ["250 2.0.0 Ok", play] } });
    await using transport = openSmtp(server.port);
    assert.equal((await transport.send(message())).kind, "accepted");
    const pending = transport.send(message());
    await server.reached("message", 2);
    server.dropAll();
    const receipt = await pending;
    assert(receipt.kind === "deferred");
    assert.deepEqual([receipt.stage, receipt.fault], ["data", "temporary"]);
    assert.equal(server.mails.length, 2);
  }
});

Deno.test("an abort ends an attempt at every step", async () => {
  for (
    const [step, stage] of [
      ["greeting", "connect"],
      ["ehlo", "greeting"],
      ["auth", "auth"],
      ["mail", "sender"],
      ["rcpt", "recipient"],
      ["data", "data"],
      ["message", "data"],
    ] as const
  ) {
    await using server = startScriptedSmtp({
      extensions: ["AUTH PLAIN"],
      plays: { [step]: "hang" },
    });
    await using transport = openSmtp(server.port, { login: "user", password: secret("word") });
    const stop = new AbortController();
    const pending = transport.send(message(), { signal: stop.signal });
    await server.reached(step);
    stop.abort();
    const receipt = await pending;
    assert(receipt.kind === "deferred");
    assert.equal(receipt.fault, "temporary");
    assert.equal(receipt.reason, "sending was stopped");
    // The server may know of the connection before the client does.
    assert([stage, ...step === "greeting" ? ["greeting"] : []].includes(receipt.stage));
  }
});

Deno.test("an abort ends the wait for a connection, and the others keep their order", async () => {
  await using server = startScriptedSmtp({ plays: { mail: ["hang"] } });
  await using transport = openSmtp(server.port, { pool: 1 });
  const first = transport.send(message());
  await server.reached("mail");
  const stop = new AbortController();
  const second = transport.send(message(), { signal: stop.signal });
  const third = transport.send(message());
  stop.abort();
  assert.equal((await second).kind, "deferred");
  server.dropAll();
  assert.equal((await first).kind, "deferred");
  assert.equal((await third).kind, "accepted");
  assert.equal(server.connections, 2);
});

Deno.test("disposal aborts running attempts, and none begins afterwards", async () => {
  await using server = startScriptedSmtp({ plays: { rcpt: "hang" } });
  const transport = openSmtp(server.port, { pool: 1 });
  const pending = [transport.send(message()), transport.send(message())];
  await server.reached("rcpt");
  await transport[Symbol.asyncDispose]();
  for (const receipt of await Promise.all(pending)) assert.equal(receipt.kind, "deferred");
  const late = await transport.send(message());
  assert(late.kind === "deferred");
  assert.equal(late.reason, "the transport is closed");
  assert.equal(server.connections, 1);
});

Deno.test("a check sends EHLO and QUIT, and nothing in between", async () => {
  await using server = startScriptedSmtp();
  await using transport = openSmtp(server.port);
  assert.equal(await transport.check(), undefined);
  assert.deepEqual(server.lines, ["EHLO client.example", "QUIT"]);
});

Deno.test("without a host name, the client is named by the sender's domain or its address", async () => {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  const ours = state === "granted" && Deno.hostname().includes(".") ? Deno.hostname() : undefined;
  await using server = startScriptedSmtp();
  await using transport = openSmtpTransport(
    {
      host: "127.0.0.1",
      port: server.port,
      tls: 0,
      login: "",
      timeout: 10_000,
      pool: 1,
      rate: null,
    },
    { clock: systemClock, fetch },
  );
  await transport.check();
  await transport.send(message({ from: { name: "", address: address("x@bücher.example") } }));
  assert.equal(server.lines[0], `EHLO ${ours ?? "[127.0.0.1]"}`);
  assert.equal(server.lines[2], `EHLO ${ours ?? "xn--bcher-kva.example"}`);
});
