import assert from "node:assert/strict";
import type { Receipt } from "../../../src/mail/port.ts";
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
    assert.equal(
      receipt.reason,
      `127.0.0.1:${server.port}: the mail server did not answer in time`,
    );
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
  // Ten minutes, whatever the time limit of a step is (RFC 5321, section 4.5.3.2.6).
  await clock.advance(600_000 - 1);
  assert(!settled);
  await clock.advance(1);
  const receipt = await pending;
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["data", "temporary"]);
  assert.equal(
    receipt.reason,
    `127.0.0.1:${server.port}: the mail server did not answer in time`,
  );
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
  // The one that waits has the time of an attempt, the one that was sent that of a final reply.
  await clock.advance(10 * TIMEOUT);
  assert.equal((await pending[1])?.kind, "deferred");
  await clock.advance(600_000);
  assert.equal((await pending[0])?.kind, "deferred");
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

Deno.test("emails without a final reply hold up no other, when the caller goes on meanwhile", async () => {
  const clock = new FakeClock();
  await using server = startScriptedSmtp({ plays: { message: ["hang", "hang", "250 2.0.0 OK"] } });
  await using transport = openSmtp(server.port, { pool: 1, timeout: TIMEOUT }, { clock });
  const waiting = Array.from({ length: 2 }, () => {
    const handedOver = Promise.withResolvers<void>();
    const onHandedOver = () => {
      handedOver.resolve();
      return true;
    };
    return { handedOver, receipt: transport.send(message(), { onHandedOver }) };
  });
  for (const { handedOver } of waiting) await handedOver.promise;
  assert.equal((await transport.send(message())).kind, "accepted");
  await clock.advance(600_000);
  for (const { receipt } of waiting) {
    const { kind, stage } = await receipt as Exclude<Receipt, { kind: "accepted" }>;
    assert.deepEqual([kind, stage], ["deferred", "data"]);
  }
});

Deno.test("a caller that does not go on keeps its place in the pool", async () => {
  await using server = startScriptedSmtp({ plays: { message: ["hang"] } });
  await using transport = openSmtp(server.port, { pool: 1 });
  const stop = new AbortController();
  const hanging = transport.send(message(), { signal: stop.signal, onHandedOver: () => false });
  await server.reached("message");
  const next = transport.send(message());
  stop.abort();
  assert.equal((await hanging).kind, "deferred");
  assert.equal((await next).kind, "accepted");
  assert.equal(server.connections, 2);
});
