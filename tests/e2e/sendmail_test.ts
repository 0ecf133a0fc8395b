import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { composeMail } from "../../src/mail/compose/compose.ts";
import { sendmailSection } from "../../src/mail/sendmail/section.ts";
import { openSendmailTransport } from "../../src/mail/sendmail/transport.ts";
import { systemClock } from "../../src/system/clock.ts";
import { runProgram } from "../../src/system/run_program.ts";
import { address, message } from "../fakes/mail/messages.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { installed } from "./installed.ts";
import { Organisation } from "./organisation.ts";
import { startPostfix } from "./servers/postfix.ts";
import { addressOf, DOMAIN } from "./settings.ts";

/** The section for Postfix's sendmail, with the configuration in a folder. */
async function sendmailOf(settings: string) {
  return {
    command: await installed("/usr/sbin/sendmail"),
    args: ["-C", settings, "-i", "-f", "{from}", "--", "{to}"],
  };
}

async function openTransport(settings: string) {
  const section = sendmailSection.parse(await sendmailOf(settings));
  return openSendmailTransport(section, { clock: systemClock, run: runProgram });
}

Deno.test("the running service hands a mail to Postfix's sendmail, which delivers it", async () => {
  await using postfix = await startPostfix(`mail.${DOMAIN}`);
  const sendmail = await sendmailOf(postfix.settings);
  await using organisation = await Organisation.create({
    settings: () => ({
      notification: { handler: { email: "sendmail" }, handlers: { sendmail } },
    }),
  });
  await organisation.startService();
  await organisation.pushEvents(inviteEvent());
  const [bytes] = await postfix.delivered(1);
  assert.ok(bytes);
  const { to, headers, text, html } = await PostalMime.parse(bytes);
  assert.deepEqual(to?.map(({ address }) => address), [addressOf("bob")]);
  assert.ok(text && html);
  const field = (key: string) => headers.find((header) => header.key === key)?.value;
  assert.equal(field("return-path"), `<matrix@${DOMAIN}>`);
});

Deno.test("Postfix's sendmail keeps the mail as it is, a line with a dot alone as well", async () => {
  await using postfix = await startPostfix(`mail.${DOMAIN}`);
  await using transport = await openTransport(postfix.settings);
  const text = "Grüße\n.\nFrom here on\n..\n";
  const sent = message({
    to: { name: "Bob", address: address(`bob+x@mail.${DOMAIN}`) },
    content: { ...message().content, kind: "parts", subject: "Pläne", text, html: "", inline: [] },
  });
  assert.equal((await transport.send(sent)).kind, "accepted");
  const [bytes] = await postfix.delivered(1);
  const delivered = new TextDecoder().decode(bytes);
  const mail = await composeMail(sent);
  assert.ok(mail.kind === "composed");
  const ours = new TextDecoder().decode(mail.bytes).replaceAll("\r\n", "\n");
  assert.ok(delivered.endsWith(ours), delivered);
  assert.match(delivered, new RegExp(`^Delivered-To: bob\\+x@mail\\.${DOMAIN}$`, "m"));
});

Deno.test("Postfix's sendmail that cannot work loses no mail", async () => {
  await using transport = await openTransport("/nowhere");
  const receipt = await transport.send(message());
  assert.ok(receipt.kind === "deferred");
  assert.match(receipt.reason, /^"\/usr\/sbin\/sendmail" ends with [0-9]+/);
});
