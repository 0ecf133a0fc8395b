import assert from "node:assert/strict";
import { startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";
import { startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { CA, LOCALHOST } from "../../fakes/net/certificates.ts";
import { run } from "../command_line.ts";
import { makeWorkspace } from "../workspace.ts";

const SMTP = "threepid.medium.email.connectors.smtp";
const PASSWORD = "correct horse battery staple";

Deno.test("send-test sends a sample and shows the dialogue, credentials left out", async () => {
  await using sink = await startSmtpSink({ login: { user: "relay", password: PASSWORD } });
  await using workspace = await makeWorkspace({
    [`${SMTP}.port`]: sink.port,
    [`${SMTP}.login`]: "relay",
    [`${SMTP}.password`]: PASSWORD,
  });
  const { code, out } = await run([
    ...["send-test", "you@corp.example", "-vv", "-c", workspace.path("mxisd.yaml")],
  ]);
  assert.equal(code, 0);
  assert.match(out, /^< 220 /m);
  assert.match(out, /^> EHLO /m);
  assert.match(out, /^> AUTH PLAIN \[redacted\]$/m);
  assert.match(out, /^> MAIL FROM:<matrix@example\.org>/m);
  assert.match(out, /^> RCPT TO:<you@corp\.example>/m);
  assert.match(out, /^smtp has accepted the email: /m);
  const encoded = [PASSWORD, btoa(`\0relay\0${PASSWORD}`), btoa(PASSWORD)];
  for (const secret of encoded) assert.ok(!out.includes(secret));

  assert.equal(sink.mails.length, 1);
  assert.deepEqual(sink.mails[0]?.to, ["you@corp.example"]);
  assert.equal(
    sink.mails[0]?.email.subject,
    "appservice-mxisd invited you to the room “A test, which leads nowhere”",
  );
  assert.match(sink.mails[0]?.email.text ?? "", /sent by the command send-test/);
});

Deno.test("send-test does not wait for the rate", async () => {
  await using server = startScriptedSmtp();
  await using workspace = await makeWorkspace({
    [`${SMTP}.port`]: server.port,
    [`${SMTP}.rate`]: "1/day",
  });
  const args = ["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml")];
  for (let at = 0; at < 2; at++) assert.equal((await run(args)).code, 0);
  assert.equal(server.mails.length, 2);
});

Deno.test("a failure of the mail server is reported with the server, the reason and what to do", async () => {
  await using server = startScriptedSmtp({
    extensions: ["AUTH PLAIN"],
    plays: { auth: "535 5.7.139 Authentication unsuccessful, basic authentication is disabled" },
  });
  await using workspace = await makeWorkspace({
    [`${SMTP}.port`]: server.port,
    [`${SMTP}.login`]: "relay",
    [`${SMTP}.password`]: PASSWORD,
  });
  const { code, err } = await run([
    ...["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml")],
  ]);
  assert.equal(code, 1);
  const at = `${server.port}: the login failed: 535 5.7.139 Authentication unsuccessful`;
  assert.ok(err.includes(at), err);
  assert.match(
    err,
    /^To fix it: Exchange Online refuses passwords.* write threepid.*smtp\.oauth2/m,
  );
});

Deno.test("a refusal of the mail server is reported with its code, and ends with 1", async () => {
  await using server = startScriptedSmtp({ plays: { rcpt: "550 5.1.1 No\x1b[2J such user" } });
  await using workspace = await makeWorkspace({ [`${SMTP}.port`]: server.port });
  const { code, out, err } = await run([
    ...["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml")],
  ]);
  assert.equal(code, 1);
  assert.match(err, /^smtp has not accepted the email \(rejected at recipient, 550 5\.1\.1\): /m);
  assert.ok(!(out + err).includes("\x1b"));
});

Deno.test("send-test trusts the certificates of tls.ca, and says when they cannot be used", async () => {
  await using sink = await startSmtpSink({ tls: LOCALHOST });
  await using workspace = await makeWorkspace();
  await Deno.writeTextFile(workspace.path("ca.pem"), CA);
  const secure = {
    [`${SMTP}.host`]: "localhost",
    [`${SMTP}.port`]: sink.port,
    [`${SMTP}.tls`]: 2,
  };
  const args = ["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml")];
  await workspace.configure(secure);
  assert.equal((await run(args)).code, 1);
  await workspace.configure({ ...secure, "tls.ca": workspace.path("ca.pem") });
  assert.equal((await run(args)).code, 0);
  assert.equal(sink.mails[0]?.secure, true);

  await Deno.writeTextFile(
    workspace.path("ca.pem"),
    "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n",
  );
  const broken = await run(args);
  assert.equal(broken.code, 4);
  assert.match(broken.err, /^tls\.ca: the certificates in ".*ca\.pem" cannot be used: /);
});

Deno.test("a broken template is reported before anything is sent", async () => {
  await using workspace = await makeWorkspace();
  await Deno.writeTextFile(workspace.path("mail.eml"), "To: nobody\n\nHello\n");
  const config = await workspace.configure({
    "threepid.medium.email.generators.template.generic.matrixId": workspace.path("mail.eml"),
  });
  const { code, out, err } = await run(["send-test", "you@corp.example", "-c", config]);
  assert.deepEqual([code, out], [4, ""]);
  assert.match(err, /mail\.eml:1: has no Subject/);
});

Deno.test("send-test works with the other connectors", async () => {
  await using workspace = await makeWorkspace();
  const folder = workspace.path("mails");
  const args = ["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml")];
  await workspace.configure({
    "threepid.medium.email.connector": "file",
    "threepid.medium.email.connectors.file.folder": folder,
  });
  const file = await run(args);
  assert.equal(file.code, 0);
  assert.match(file.out, /^file has accepted the email: written as .*\.eml$/m);
  assert.equal((await Array.fromAsync(Deno.readDir(folder))).length, 1);

  await workspace.configure({ "threepid.medium.email.connector": "none" });
  const none = await run(args);
  assert.equal(none.code, 0);
  assert.match(none.out, /^none has accepted the email: /m);
});

Deno.test("an invalid address ends with 2, and is repeated escaped", async () => {
  for (const text of ["you", "you@", "you@x\r\nRCPT TO:<evil@x>", "<you@corp.example>"]) {
    const { code, out, err } = await run(["send-test", text]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^[^\n]* is not an email address: write one such as bob@example\.org\n$/);
  }
});

Deno.test("send-test sends any sample, in any language, with the headers of a real mail", async () => {
  await using sink = await startSmtpSink();
  await using workspace = await makeWorkspace({
    [`${SMTP}.port`]: sink.port,
    "server.publicUrl": "https://chat.example.org",
    "notify.replyTo": "help@example.org",
  });
  const args = ["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml")];
  const { code } = await run([...args, "--sample", "outside", "--language", "de-AT"]);
  assert.equal(code, 0);
  const { email } = sink.mails[0] ?? assert.fail("no mail");
  assert.match(
    email.subject ?? "",
    /^@mallory:partner\.example hat Sie zu einer Unterhaltung eingeladen$/,
  );
  assert.match(email.html ?? "", /<html lang="de" dir="ltr">/);
  const headers = new Map(email.headers.map(({ key, value }) => [key, value]));
  assert.match(headers.get("list-unsubscribe") ?? "", /^<https:\/\/chat\.example\.org\/stop\//);
  assert.equal(headers.get("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
  assert.match(headers.get("reply-to") ?? "", /help@example\.org/);
  assert.equal(headers.get("auto-submitted"), "auto-generated");
});

Deno.test("an unknown sample ends with 2 and the known ones", async () => {
  for (const sample of ["nothing", "constructor", "\x1b"]) {
    const { code, out, err } = await run(["send-test", "you@corp.example", "--sample", sample]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^There is no sample ".*": write one of inside, outside, /);
    assert.ok(!err.includes("\x1b"));
  }
});

Deno.test("send-test sends nothing in an unknown language", async () => {
  await using sink = await startSmtpSink();
  await using workspace = await makeWorkspace({ [`${SMTP}.port`]: sink.port });
  const args = ["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml"), "--language"];
  const { code, err } = await run([...args, "dd"]);
  assert.equal(code, 2);
  assert.match(err, /^There is no email in "dd": did you mean de\? Write one of en, de, /m);
  assert.equal(sink.mails.length, 0);
  assert.equal((await run([...args, "de-AT"])).code, 0);
});
