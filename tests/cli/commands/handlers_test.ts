import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { API_KEY, SendgridService } from "../../fakes/mail/sendgrid_service.ts";
import { inviteEvent } from "../../process/invite_event.ts";
import { logEvent } from "../../process/program.ts";
import { run, start } from "../command_line.ts";
import { type Differences, HS_TOKEN, makeWorkspace, type Workspace } from "../workspace.ts";

const SENDGRID = "notification.handlers.sendgrid";
const TEMPLATE = `${SENDGRID}.templates.generic.matrixId`;

/** Mails go to SendGrid, from its own identity alone. */
function bySendgrid(service: SendgridService): Differences {
  return {
    "notification.handler.email": "sendgrid",
    [`${SENDGRID}.api.key`]: API_KEY,
    [`${SENDGRID}.api.url`]: service.url,
    [`${SENDGRID}.identity.from`]: "chat@example.org",
    [`${SENDGRID}.identity.name`]: "Example chat",
    "threepid.medium.email.identity.from": undefined,
    "threepid.medium.email.connectors.smtp.host": undefined,
  };
}

/** Mails go to a program that keeps the last one, and its arguments. */
async function bySendmail(workspace: Workspace): Promise<Differences> {
  const command = workspace.path("sendmail");
  const script = '#!/bin/sh\necho "$@" >"$0.args"\ncat >"$0.eml"\n';
  await Deno.writeTextFile(command, script, { mode: 0o755 });
  return {
    "notification.handler.email": "sendmail",
    "notification.handlers.sendmail.command": command,
    "threepid.medium.email.connectors.smtp.host": undefined,
  };
}

/** Has Bob invited; what the service logged until the mail was gone, and what it still needs. */
async function invite(workspace: Workspace) {
  await using running = start(["serve", "-v", "-c", workspace.path("mxisd.yaml")]);
  const happened = (event: string) => running.lines.find((line) => logEvent(line)?.event === event);
  await happened("listening");
  const service = `http://127.0.0.1:${workspace.port}`;
  const response = await fetch(`${service}/_matrix/app/v1/transactions/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${HS_TOKEN}` },
    body: JSON.stringify({ events: [inviteEvent()] }),
  });
  assert.deepEqual(await response.json(), {});
  await happened("mail sent");
  const { err } = await running.stop();
  return { needs: running.needs, err };
}

Deno.test("serve mails by SendGrid, whose identity is enough", async () => {
  await using service = new SendgridService();
  await using workspace = await makeWorkspace(bySendgrid(service));
  const { needs, err } = await invite(workspace);
  assert.deepEqual(needs, [{ read: false, write: false, run: false }]);
  const [mail] = service.mails;
  assert.deepEqual(mail?.from, { email: "chat@example.org", name: "Example chat" });
  assert.equal(mail?.personalizations[0].to[0].email, "bob@corp.example");
  assert.deepEqual(mail?.content.map(({ type }) => type), ["text/plain", "text/html"]);
  assert.match(mail?.headers["Message-ID"] ?? "", /^<[^<>@]+@example\.org>$/);
  assert.ok(!err.includes(API_KEY) && !err.includes("bob@corp.example"));
});

Deno.test("serve mails by SendGrid with its templates", async () => {
  await using service = new SendgridService();
  await using workspace = await makeWorkspace();
  await Deno.writeTextFile(workspace.path("mail.txt"), "%FROM_NAME% <%FROM_EMAIL%>: %SENDER_ID%\n");
  await Deno.writeTextFile(workspace.path("mail.html"), "<p>%RECIPIENT_ADDRESS%</p>\n");
  await workspace.configure({
    ...bySendgrid(service),
    [`${TEMPLATE}.subject`]: "For %RECIPIENT_ID%",
    [`${TEMPLATE}.body.text`]: workspace.path("mail.txt"),
    [`${TEMPLATE}.body.html`]: workspace.path("mail.html"),
  });
  await invite(workspace);
  const [mail] = service.mails;
  assert.equal(mail?.subject, "For @bob:example.org");
  assert.deepEqual(mail?.content, [
    { type: "text/plain", value: "Example chat <chat@example.org>: @alice:example.org\n" },
    { type: "text/html", value: "<p>bob@corp.example</p>\n" },
  ]);
});

Deno.test("mxisd's built-in templates for SendGrid are ours", async () => {
  await using service = new SendgridService();
  await using workspace = await makeWorkspace({
    ...bySendgrid(service),
    [`${TEMPLATE}.body.text`]: "classpath:/threepids/email/mxid-template.txt",
    [`${TEMPLATE}.body.html`]: "",
  });
  const { code } = await run(["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 0);
  assert.match(service.mails[0]?.content[1]?.value ?? "", /^<!doctype html>/i);
});

Deno.test("a broken template for SendGrid is reported with its file and line, by check and serve", async () => {
  await using service = new SendgridService();
  await using workspace = await makeWorkspace();
  const html = workspace.path("mail.html");
  await Deno.writeFile(html, new Uint8Array([0x61, 10, 0xFC]));
  const config = await workspace.configure({
    ...bySendgrid(service),
    [`${TEMPLATE}.subject`]: "%NAME%",
    [`${TEMPLATE}.body.html`]: html,
  });
  const checked = await run(["config", "check", "-c", config]);
  assert.equal(checked.code, 1);
  assert.match(checked.err, /mail\.html:2: is not text in UTF-8/);
  assert.match(checked.err, /matrixId\.subject: %NAME% is not a placeholder/);
  const served = await run(["serve", "-c", config]);
  assert.equal(served.code, 4);
  assert.match(served.err, /mail\.html:2: is not text in UTF-8/);
});

Deno.test("config dump shows SendGrid's settings, and not its key", async () => {
  await using service = new SendgridService();
  await using workspace = await makeWorkspace(bySendgrid(service));
  const { code, out } = await run(["config", "dump", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 0);
  assert.match(out, /from: chat@example\.org/);
  assert.ok(!out.includes(API_KEY));
});

Deno.test("send-test by SendGrid shows requests and responses, and no key", async () => {
  await using service = new SendgridService();
  await using workspace = await makeWorkspace(bySendgrid(service));
  const args = ["send-test", "you@corp.example", "-vv", "-c", workspace.path("mxisd.yaml")];
  const sent = await run(args);
  assert.equal(sent.code, 0);
  assert.match(sent.out, /^> POST http:\/\/127\.0\.0\.1:[0-9]+\/v3\/mail\/send\n< 202$/m);
  assert.match(sent.out, /^sendgrid has accepted the email: queued by SendGrid, as mail-1$/m);

  await workspace.configure({ ...bySendgrid(service), [`${SENDGRID}.api.key`]: "SG.revoked" });
  const refused = await run(args);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^sendgrid has not accepted the email \(deferred at auth\): .*401/m);
  assert.ok(!(sent.out + sent.err + refused.out + refused.err).match(/s3cret-key|SG\.revoked/));
});

Deno.test("serve mails by sendmail, and may still run programs", async () => {
  await using workspace = await makeWorkspace();
  await workspace.configure(await bySendmail(workspace));
  const { needs, err } = await invite(workspace);
  assert.deepEqual(needs, [{ read: false, write: false, run: true }]);
  const args = await Deno.readTextFile(workspace.path("sendmail.args"));
  assert.equal(args, "-i -f matrix@example.org -- bob@corp.example\n");
  const mail = await PostalMime.parse(await Deno.readFile(workspace.path("sendmail.eml")));
  assert.equal(mail.to?.[0]?.address, "bob@corp.example");
  assert.ok(mail.text && mail.html);
  assert.ok(!err.includes("bob@corp.example"));
});

Deno.test("sendmail takes what an .eml template says", async () => {
  await using workspace = await makeWorkspace();
  await Deno.writeTextFile(workspace.path("mail.eml"), "Subject: For %RECIPIENT_ID%\n\nHello\n");
  await workspace.configure({
    ...await bySendmail(workspace),
    "threepid.medium.email.generators.template.generic.matrixId": workspace.path("mail.eml"),
  });
  const { code } = await run(["send-test", "you@corp.example", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 0);
  const mail = await PostalMime.parse(await Deno.readFile(workspace.path("sendmail.eml")));
  assert.equal(mail.subject, "For @test:example.org");
});
