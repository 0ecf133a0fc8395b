import assert from "node:assert/strict";
import type { SmtpOptions } from "../../../src/mail/smtp/transport.ts";
import { message } from "../../fakes/mail/messages.ts";
import {
  type ScriptedSmtp,
  type SmtpScript,
  startScriptedSmtp,
} from "../../fakes/mail/scripted_smtp.ts";
import { refusal, TokenEndpointService } from "../../fakes/mail/token_endpoint.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { openSmtp } from "./open_smtp.ts";

const USER = "matrix@example.org";
const REFUSED = "535 5.7.8 Authentication credentials invalid";

function start(script: SmtpScript = {}): ScriptedSmtp {
  return startScriptedSmtp({ extensions: ["AUTH PLAIN XOAUTH2"], ...script });
}

function options(
  service: TokenEndpointService,
  changes: Readonly<Record<string, unknown>> = {},
): Partial<SmtpOptions> {
  return { login: USER, oauth2: service.settings(changes) };
}

function xoauth2(token: string): string {
  return btoa(`user=${USER}\x01auth=Bearer ${token}\x01\x01`);
}

Deno.test("the token is sent by the method that the server offers, OAUTHBEARER before XOAUTH2", async () => {
  const bearer = btoa(`n,a=${USER},\x01auth=Bearer token-1\x01\x01`);
  for (
    const [offer, command] of [
      ["AUTH XOAUTH2", `AUTH XOAUTH2 ${xoauth2("token-1")}`],
      ["AUTH LOGIN PLAIN XOAUTH2 OAUTHBEARER", `AUTH OAUTHBEARER ${bearer}`],
      ["AUTH=plain xoauth2", `AUTH XOAUTH2 ${xoauth2("token-1")}`],
    ] as const
  ) {
    await using service = new TokenEndpointService();
    await using server = start({ extensions: [offer] });
    await using transport = openSmtp(server.port, options(service));
    assert.equal((await transport.send(message())).kind, "accepted");
    assert.equal(server.lines[1], command);
    assert.equal(await transport.check(), undefined);
    assert.equal(service.forms.length, 1);
  }
});

Deno.test("a comma and an equals sign in the user are encoded for OAUTHBEARER", async () => {
  await using service = new TokenEndpointService();
  await using server = start({ extensions: ["AUTH OAUTHBEARER"] });
  await using transport = openSmtp(server.port, { ...options(service), login: "a,b=c" });
  assert.equal(await transport.check(), undefined);
  assert.match(atob(server.lines[1]?.split(" ")[2] ?? ""), /^n,a=a=2Cb=3Dc,/);
});

Deno.test("a token that is too long for the command is sent after it, and never shown", async () => {
  for (const method of ["XOAUTH2", "OAUTHBEARER"]) {
    const token = "t0ken.".repeat(300);
    await using service = new TokenEndpointService();
    service.more = { access_token: token };
    await using server = start({
      extensions: [`AUTH ${method}`],
      plays: { auth: ["334", "235 2.7.0 Ok"] },
    });
    const shown: string[] = [];
    await using transport = openSmtp(server.port, options(service), {
      onDialogue: ({ text }) => shown.push(text),
    });
    assert.equal(await transport.check(), undefined);
    assert.equal(server.lines[1], `AUTH ${method}`);
    assert.match(atob(server.lines[2] ?? ""), new RegExp(token));
    assert.deepEqual(shown.filter((line) => /AUTH|redacted/.test(line)), [
      `250 AUTH ${method}`,
      `AUTH ${method}`,
      "[redacted]",
    ]);
  }
});

Deno.test("a token that the server refuses is replaced once", async () => {
  for (const [method, end] of [["XOAUTH2", ""], ["OAUTHBEARER", "AQ=="]] as const) {
    await using service = new TokenEndpointService();
    await using server = start({
      extensions: [`AUTH ${method}`],
      // The reason comes as a challenge (RFC 7628, section 3.2.2).
      plays: { auth: [`334 ${btoa('{"status":"invalid_token"}')}`, REFUSED, "235 2.7.0 Ok"] },
    });
    await using transport = openSmtp(server.port, options(service));
    assert.equal((await transport.send(message())).kind, "accepted");
    const [first, answer, second] = server.lines.filter((line) => !/^[EMRDQ]/.test(line));
    assert.deepEqual([answer, service.forms.length], [end, 2]);
    assert.match(atob(first?.split(" ")[2] ?? ""), /Bearer token-1(?!\w)/);
    assert.match(atob(second?.split(" ")[2] ?? ""), /Bearer token-2(?!\w)/);
  }
});

Deno.test("a login that is refused twice is our fault, and says what to do", async () => {
  for (
    const [reply, remedy] of [
      [REFUSED, /smtp\.login and password, or oauth2/],
      ["535 5.7.3 Authentication unsuccessful", /SMTP\.SendAsApp/],
      ["535 5.7.139 Authentication unsuccessful", /authenticated SMTP/],
    ] as const
  ) {
    await using service = new TokenEndpointService();
    await using server = start({ plays: { auth: reply } });
    await using transport = openSmtp(server.port, options(service));
    const receipt = await transport.send(message());
    assert(receipt.kind === "deferred");
    assert.deepEqual([receipt.stage, receipt.fault, receipt.replyCode], ["auth", "ours", 535]);
    assert.match(receipt.remedy ?? "", remedy);
    assert.match(receipt.reason, /^127\.0\.0\.1:[0-9]+: the login failed: 535 5\.7\.[0-9]+ /);
    assert.equal(service.forms.length, 2);
  }
});

Deno.test("no token is a fault of ours, at no cost for the mail server", async () => {
  await using logs = await collectLogs();
  await using service = new TokenEndpointService();
  service.scripted = () => refusal("invalid_client", "the secret is wrong", 401);
  await using server = start();
  await using transport = openSmtp(server.port, options(service));
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["auth", "ours"]);
  const place = `${service.url}/oauth2/token`;
  assert.equal(
    receipt.reason,
    `no access token from ${place}: invalid_client: the secret is wrong`,
  );
  assert.equal(receipt.meaning, "there is no access token to log in with");
  assert.match(receipt.remedy ?? "", /oauth2\.clientId and clientSecret/);
  assert.equal((await transport.check())?.reason, receipt.reason);
  assert.equal(server.connections, 0);
  assert.doesNotMatch(logs.text(), /s3cret/);
});

Deno.test("sessions share a token, and are replaced when it expires", async () => {
  await using service = new TokenEndpointService();
  service.more = { expires_in: 10 };
  await using server = start();
  const clock = new FakeClock();
  await using transport = openSmtp(server.port, options(service), { clock });
  for (let at = 0; at < 2; at++) assert.equal((await transport.send(message())).kind, "accepted");
  assert.deepEqual([server.connections, service.forms.length], [1, 1]);
  await clock.advance(10_000);
  assert.equal((await transport.send(message())).kind, "accepted");
  assert.deepEqual([server.connections, service.forms.length], [2, 2]);
});

Deno.test("a server that ends the session of an expired token gets another one, and the email arrives once", async () => {
  await using service = new TokenEndpointService();
  const expired = "530 5.7.57 Client not authenticated to send mail";
  await using server = start({ plays: { mail: ["250 2.1.0 Ok", expired] } });
  await using transport = openSmtp(server.port, options(service));
  for (let at = 0; at < 2; at++) assert.equal((await transport.send(message())).kind, "accepted");
  assert.deepEqual([server.connections, server.mails.length], [2, 2]);
});

Deno.test("a server that offers only passwords gets no token", async () => {
  await using service = new TokenEndpointService();
  await using server = start({ extensions: ["AUTH PLAIN"] });
  await using transport = openSmtp(server.port, options(service));
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.match(receipt.reason, /it offers PLAIN, and an access token needs OAUTHBEARER or XOAUTH2/);
  assert.match(receipt.remedy ?? "", /write .*smtp\.password instead of oauth2/);
  assert.deepEqual(server.lines, ["EHLO client.example", "QUIT"]);
});

Deno.test("neither tokens nor secrets are in the dialogue, the receipts or the log", async () => {
  await using logs = await collectLogs();
  await using service = new TokenEndpointService();
  service.more = { access_token: "acc3ss-token", refresh_token: "refr3sh-next", expires_in: 60 };
  const echo = `535 5.7.8 acc3ss-token ${xoauth2("acc3ss-token")} refused`;
  await using server = start({ plays: { auth: [echo, echo, "235 Ok"] } });
  const shown: unknown[] = [];
  await using transport = openSmtp(
    server.port,
    options(service, { refreshToken: "refr3sh-first" }),
    { onDialogue: (line) => shown.push(line) },
  );
  shown.push(await transport.send(message()), await transport.send(message()));
  const text = JSON.stringify(shown) + JSON.stringify(logs.records) + logs.text();
  assert.match(text, /AUTH XOAUTH2 \[redacted\]/);
  const forms = ["acc3ss-token", "refr3sh-", "s3cret", xoauth2("acc3ss-token"), btoa("acc3ss")];
  for (const form of forms) assert(!text.includes(form), `${form} in ${text}`);
});
