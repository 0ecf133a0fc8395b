import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import type { Content } from "../../src/domain/message.ts";
import { composeMail } from "../../src/mail/compose/compose.ts";
import { openLiquidRenderer } from "../../src/render/liquid/mail_renderer.ts";
import { SAMPLES } from "../../src/render/samples.ts";
import { address, message } from "../fakes/mail/messages.ts";
import { openSmtp } from "../mail/smtp/open_smtp.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { Organisation } from "./organisation.ts";
import { startPostfix } from "./servers/postfix.ts";
import { addressOf, DOMAIN, settingsFor } from "./settings.ts";

Deno.test("Postfix accepts the mail and delivers it", async () => {
  await using postfix = await startPostfix(`mail.${DOMAIN}`);
  await using organisation = await Organisation.create({
    settings: (layout) => ({
      threepid: settingsFor({ ...layout, mailPort: postfix.port }, "0").threepid,
    }),
  });
  await organisation.startService();
  await organisation.pushEvents(inviteEvent());
  const [bytes] = await postfix.delivered(1);
  assert.ok(bytes);
  const { from, to, headers, text, html } = await PostalMime.parse(bytes);
  assert.equal(from?.address, `matrix@${DOMAIN}`);
  assert.deepEqual(to?.map(({ address }) => address), [addressOf("bob")]);
  assert.ok(text && html);
  const field = (key: string) => headers.find((header) => header.key === key)?.value;
  assert.equal(field("return-path"), `<matrix@${DOMAIN}>`);
  assert.equal(field("auto-submitted"), "auto-generated");
});

// Non-ASCII bytes, a dot and spaces at the edges of lines.
const entity = new TextEncoder().encode(
  "Subject: =?utf-8?q?Pl=C3=A4ne?=\nContent-Type: text/plain; charset=utf-8\n" +
    "Content-Transfer-Encoding: 8bit\n\n.Grüße \n.\n\nFrom here on\t\n\n",
);

// The boundaries of parts are random.
function latin1(bytes: Uint8Array | undefined): string {
  return new TextDecoder("latin1").decode(bytes).replace(/=_[0-9a-f-]{36}/g, "=_");
}

const { render } = openLiquidRenderer();
const CONTENTS: Readonly<Record<string, Content>> = {
  "built-in mail": await render(SAMPLES.branded ?? assert.fail("no sample")),
  "mail from a hostile stranger": await render(SAMPLES.hostile ?? assert.fail("no sample")),
  "8-bit mxisd template": { kind: "mime", entity },
};
for (const [what, content] of Object.entries(CONTENTS)) {
  Deno.test(`Postfix stores the unsigned ${what} as it was sent`, async () => {
    await using postfix = await startPostfix(`mail.${DOMAIN}`);
    await using transport = openSmtp(postfix.port);
    const mail = message({
      to: { name: "Bøb & Ca, Ltd.", address: address(addressOf("bob")) },
      headers: {
        "List-Unsubscribe": `<https://mxisd.${DOMAIN}/stop/${"x".repeat(120)}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "References": `<${"0".repeat(40)}.thread@${DOMAIN}>`,
      },
      content,
    });
    assert.equal((await transport.send(mail)).kind, "accepted");
    const composed = await composeMail(mail);
    assert.ok(composed.kind === "composed");
    const [bytes] = await postfix.delivered(1);
    const sent = latin1(composed.bytes).replaceAll("\r\n", "\n");
    const stored = latin1(bytes);
    assert.equal(stored.slice(stored.indexOf("\nFrom: ") + 1), sent);
  });
}
