import assert from "node:assert/strict";
import type { Receipt, Stage } from "../../../src/mail/port.ts";
import { address, message } from "../../fakes/mail/messages.ts";
import { type Play, startScriptedSmtp, type Step } from "../../fakes/mail/scripted_smtp.ts";
import { CA } from "../../fakes/net/certificates.ts";
import { openSmtp, secret } from "./open_smtp.ts";

type Verdict = "temporary" | "ours" | "doubtful" | "rejected";
type Row = readonly [Step, Play, Stage, Verdict];

const ROWS: readonly Row[] = [
  ["greeting", "421 4.3.2 Shutting down", "greeting", "temporary"],
  ["greeting", "554 5.7.1 You are listed", "greeting", "ours"],
  ["greeting", "550 5.1.1 No such user here", "greeting", "ours"],
  ["greeting", "SSH-2.0-OpenSSH_9.2", "greeting", "ours"],
  ["greeting", { raw: new Uint8Array([0, 255, 10, 13, 10]) }, "greeting", "ours"],
  ["greeting", "drop", "greeting", "temporary"],
  ["ehlo", "421 4.3.2 Shutting down", "greeting", "temporary"],
  ["ehlo", "drop", "greeting", "temporary"],
  ["auth", "454 4.7.0 Temporary authentication failure", "auth", "temporary"],
  ["auth", "535 5.7.8 Authentication credentials invalid", "auth", "ours"],
  ["auth", "550 5.1.1 Nonsense", "auth", "ours"],
  ["auth", "drop", "auth", "temporary"],
  ["mail", "451 4.3.0 Try again later", "sender", "temporary"],
  ["mail", "550 5.1.1 Nonsense", "sender", "ours"],
  ["mail", "550 Sender refused", "sender", "ours"],
  ["mail", "553 5.1.8 Sender's domain not found", "sender", "ours"],
  ["rcpt", "450 4.2.1 Greylisted", "recipient", "temporary"],
  ["rcpt", "450 5.1.1 Undecided", "recipient", "temporary"],
  ["rcpt", "550 5.1.1 <bob@example.org>: No such user", "recipient", "rejected"],
  ["rcpt", "550-5.1.1 No such user,\r\n550 5.1.1 ask the postmaster", "recipient", "rejected"],
  ["rcpt", "550 5.1.10 No such recipient", "recipient", "rejected"],
  ["rcpt", "550 5.1.0 Sender rejected", "recipient", "doubtful"],
  ["rcpt", "550 5.1.90 Daily limit reached", "recipient", "doubtful"],
  ["rcpt", "550 5.2.1 Disabled", "recipient", "doubtful"],
  ["rcpt", "552 5.2.2 Mailbox full", "recipient", "doubtful"],
  ["rcpt", "550 No such user", "recipient", "doubtful"],
  ["rcpt", "551 User not local", "recipient", "doubtful"],
  ["rcpt", "553 Mailbox name not allowed", "recipient", "doubtful"],
  ["rcpt", "552 Storage allocation exceeded", "recipient", "ours"],
  ["rcpt", "554 Transaction failed", "recipient", "ours"],
  ["rcpt", "550 5.1.7 Bad sender's mailbox", "recipient", "ours"],
  ["rcpt", "550 5.1.8 Bad sender's system", "recipient", "ours"],
  ["rcpt", "550 5.7.1 Relaying denied", "recipient", "doubtful"],
  ["rcpt", "554 5.4.1 Access denied", "recipient", "doubtful"],
  ["rcpt", "drop", "recipient", "temporary"],
  ["data", "451 4.3.0 Try again later", "data", "temporary"],
  ["data", "550 5.1.1 No such user", "data", "ours"],
  ["data", "554 No valid recipients", "data", "ours"],
  ["data", "drop", "data", "temporary"],
  ["message", "452 4.3.1 Insufficient system storage", "data", "temporary"],
  ["message", "421 4.3.2 Shutting down", "data", "temporary"],
  ["message", "550 5.2.1 Mailbox disabled", "data", "ours"],
  ["message", "550 Message refused", "data", "ours"],
  ["message", "553 From does not belong to the login", "data", "ours"],
  ["message", "554 5.2.0 STOREDRV quota exceeded", "data", "ours"],
  ["message", "554 5.2.2 Mailbox full", "data", "ours"],
  ["message", "554 5.2.252 SendAsDenied", "data", "ours"],
  ["message", "554 5.7.1 Spam", "data", "ours"],
  ["message", "552 5.3.4 Message too big", "data", "ours"],
  ["message", "drop", "data", "temporary"],
];

for (const pipelining of [false, true]) {
  for (const [step, play, stage, verdict] of ROWS) {
    const shown = typeof play === "string" ? play.replace(/\r\n/g, " / ") : "noise";
    Deno.test(`${step}${pipelining ? ", pipelined" : ""}: ${shown}: ${verdict}`, async () => {
      const extensions = ["AUTH PLAIN", ...pipelining ? ["PIPELINING"] : []];
      await using server = startScriptedSmtp({ extensions, plays: { [step]: play } });
      await using transport = openSmtp(server.port, { login: "u5er", password: secret("pa55") });
      const receipt = await transport.send(message());
      assert(receipt.kind !== "accepted");
      assert.equal(receipt.kind === "deferred" ? receipt.fault : receipt.kind, verdict);
      assert.equal(receipt.stage, stage);
      assert.doesNotMatch(receipt.reason, /@|\p{C}|u5er|pa55/u);
      const code = typeof play === "string" ? /^[45][0-9]{2}/.exec(play)?.[0] : undefined;
      assert.equal(receipt.replyCode, code && Number(code));
    });
  }
}

Deno.test("an incomplete refusal does not reject the address", async () => {
  for (const raw of ["550 5.1.1 No such us", "550-5.1.1 No such user\r\n"]) {
    for (const extensions of [[], ["PIPELINING"]]) {
      await using server = startScriptedSmtp({ extensions, plays: { rcpt: { raw, drop: true } } });
      await using transport = openSmtp(server.port);
      const receipt = await transport.send(message());
      assert(receipt.kind === "deferred");
      assert.equal(receipt.fault, "temporary");
    }
  }
});

Deno.test("a refusal is not repeated with other certificates", async () => {
  await using server = startScriptedSmtp({ plays: { greeting: "554 5.7.1 You are listed" } });
  await using transport = openSmtp(server.port, { ca: [CA] });
  assert.equal((await transport.send(message())).kind, "deferred");
  assert.equal(server.connections, 1);
});

Deno.test("a failed email does not affect the next one", async () => {
  for (const extensions of [[], ["PIPELINING"]]) {
    await using server = startScriptedSmtp({
      extensions,
      plays: { rcpt: ["550 5.1.1 No such user"], message: ["451 4.3.0 Later"] },
    });
    await using transport = openSmtp(server.port, { pool: 1 });
    const kinds: Receipt["kind"][] = [];
    for (let at = 0; at < 3; at++) kinds.push((await transport.send(message())).kind);
    assert.equal(kinds[0], "rejected");
    assert.equal(kinds.at(-1), "accepted");
  }
});

Deno.test("the server's reply is reported in one short line without addresses", async () => {
  const text = `550-5.1.1 \x1b[31m<bob@example.org>: unknown, also bob%x@host.example\r\n` +
    `550 5.1.1 \u202E${"very ".repeat(200)}long`;
  await using server = startScriptedSmtp({ plays: { rcpt: text } });
  await using transport = openSmtp(server.port);
  const receipt = await transport.send(message());
  assert(receipt.kind === "rejected");
  assert.match(receipt.reason, /^127\.0\.0\.1:[0-9]+: the mail server answered: 550-5\.1\.1 /);
  assert.match(receipt.reason, /<address>: unknown, also <address>/);
  assert.doesNotMatch(receipt.reason, /\p{C}|bob/u);
  assert(receipt.reason.length < 300);
  assert.equal(receipt.enhancedCode, "5.1.1");
});

Deno.test("an address that needs SMTPUTF8 is not sent to a server without it", async () => {
  const to = { name: "Bøb", address: address("bøb@exämple.org") };
  await using server = startScriptedSmtp();
  await using transport = openSmtp(server.port);
  const receipt = await transport.send(message({ to }));
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["sender", "ours"]);
  assert.equal((await transport.send(message())).kind, "accepted");
  assert.equal(server.connections, 1);
  await using offering = startScriptedSmtp({ extensions: ["SMTPUTF8", "8BITMIME"] });
  await using able = openSmtp(offering.port);
  assert.equal((await able.send(message({ to }))).kind, "accepted");
  const [sender, recipient] = offering.lines.slice(1);
  assert.match(sender ?? "", /^MAIL FROM:<matrix@example\.org> SMTPUTF8/);
  assert.equal(new TextDecoder().decode(latin1(recipient)), "RCPT TO:<bøb@xn--exmple-cua.org>");
  assert.equal((await able.send(message())).kind, "accepted");
  assert.doesNotMatch(offering.lines.at(-3) ?? "", /SMTPUTF8/);
});

Deno.test("an email that is larger than the server accepts is not sent", async () => {
  await using server = startScriptedSmtp({ extensions: ["SIZE 100"] });
  await using transport = openSmtp(server.port);
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.equal(receipt.fault, "ours");
  assert.match(receipt.reason, /larger/);
});

Deno.test("the reason says why a server cannot be reached", async () => {
  await using gone = startScriptedSmtp();
  await gone[Symbol.asyncDispose]();
  await using refused = openSmtp(gone.port);
  const receipt = await refused.send(message());
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["connect", "temporary"]);
  assert.match(receipt.reason, /nothing listens/);
  await using nameless = openSmtp(25, { host: "no such host" });
  const failure = await nameless.check();
  assert.equal(failure?.stage, "connect");
  assert.match(failure?.reason ?? "", /cannot be resolved/);
});

function latin1(text = ""): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
