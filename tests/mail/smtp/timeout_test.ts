import assert from "node:assert/strict";
import { message } from "../../fakes/mail/messages.ts";
import { startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";
import { openSmtp, secret } from "./open_smtp.ts";

const TIMEOUT = 30_000;

for (
  const [step, stage] of [
    ["ehlo", "greeting"],
    ["starttls", "greeting"],
    ["auth", "auth"],
    ["mail", "sender"],
    ["rcpt", "recipient"],
    ["data", "data"],
  ] as const
) {
  Deno.test(`a server that hangs at ${step} times out, not earlier`, async () => {
    const clock = new FakeClock();
    await using server = startScriptedSmtp({
      extensions: ["AUTH PLAIN", ...step === "starttls" ? ["STARTTLS"] : []],
      plays: { [step]: "hang" },
    });
    const login = { login: "user", password: secret("word") };
    await using transport = openSmtp(server.port, { timeout: TIMEOUT, ...login }, { clock });
    let settled = false;
    const pending = transport.send(message()).finally(() => settled = true);
    await server.reached(step);
    await clock.advance(TIMEOUT - 1);
    assert(!settled);
    await clock.advance(1);
    const receipt = await pending;
    assert(receipt.kind === "deferred");
    assert.deepEqual([receipt.stage, receipt.fault], [stage, "temporary"]);
    assert.equal(receipt.reason, "the mail server did not answer in time");
  });
}

Deno.test("a server without a greeting times out", async () => {
  await using server = startScriptedSmtp({ plays: { greeting: "hang" } });
  await using transport = openSmtp(server.port, { timeout: 50 });
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["greeting", "temporary"]);
});

Deno.test("a server may take longer to accept the message, but not forever", async () => {
  const clock = new FakeClock();
  await using server = startScriptedSmtp({ plays: { message: "hang" } });
  await using transport = openSmtp(server.port, { timeout: TIMEOUT }, { clock });
  let settled = false;
  const pending = transport.send(message()).finally(() => settled = true);
  await server.reached("message");
  await clock.advance(10 * TIMEOUT - 1);
  assert(!settled);
  await clock.advance(1);
  const receipt = await pending;
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["data", "temporary"]);
  assert.equal(receipt.reason, "the mail server did not answer in time");
});

Deno.test("a reply that never ends does not extend the timeout", async () => {
  const clock = new FakeClock();
  await using server = startScriptedSmtp({
    plays: { ehlo: { raw: "250-scripted.example\r\n250-SIZE\r\n250-" } },
  });
  await using transport = openSmtp(server.port, { timeout: TIMEOUT }, { clock });
  const pending = transport.send(message());
  await server.reached("ehlo");
  await clock.advance(TIMEOUT);
  const receipt = await pending;
  assert.equal(receipt.kind, "deferred");
});

Deno.test("an endless reply is cut off", async () => {
  await using server = startScriptedSmtp({
    plays: { ehlo: { raw: `250-${"x".repeat(200)}\r\n`.repeat(1000) } },
  });
  await using transport = openSmtp(server.port);
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.equal(receipt.stage, "greeting");
});

Deno.test("waiting for a free connection counts too", async () => {
  const clock = new FakeClock();
  await using server = startScriptedSmtp({ plays: { message: "hang" } });
  await using transport = openSmtp(server.port, { timeout: TIMEOUT, pool: 1 }, { clock });
  const pending = [transport.send(message()), transport.send(message())];
  await server.reached("message");
  await clock.advance(10 * TIMEOUT);
  const receipts = await Promise.all(pending);
  assert.deepEqual(receipts.map(({ kind }) => kind), ["deferred", "deferred"]);
});

Deno.test("a server that does not reply to QUIT is disconnected", async () => {
  const clock = new FakeClock();
  await using server = startScriptedSmtp({ plays: { quit: "hang" } });
  await using transport = openSmtp(server.port, { timeout: TIMEOUT }, { clock });
  const pending = transport.check();
  await server.reached("quit");
  await clock.advance(1000);
  assert.equal(await pending, undefined);
});
