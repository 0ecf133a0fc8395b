import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { rsaKey } from "../fakes/mail/dkim_keys.ts";
import { octets, png } from "../fakes/render/pictures.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { Organisation } from "./organisation.ts";
import { checkWithDkimpy } from "./servers/dkimpy.ts";
import { startPostfix } from "./servers/postfix.ts";
import { startTap } from "./servers/tap.ts";
import { DOMAIN } from "./settings.ts";

const KEY = rsaKey(2048);
const NAME = `matrix2026._domainkey.${DOMAIN}`;
const RECORD = `v=DKIM1; k=rsa; p=${KEY.record}`;

// The usual header fields, and those that identify a list and its subscription.
const COVERED = [
  ...["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "reply-to"],
  ...["list-id", "list-unsubscribe", "list-unsubscribe-post", "references", "auto-submitted"],
];

// Non-ASCII bytes, a line that is too long for mail servers, dots and spaces at the edges of lines.
const TEMPLATE = new TextEncoder().encode(`Subject: Für %RECIPIENT_ID%
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

.Grüße von %SENDER_NAME_OR_ID% \u0020
${"breit ".repeat(300)}
From here on

--b
Content-Type: image/png
Content-Transfer-Encoding: 8bit

\u00e4\u00f6
--b--
`);

// Called before the configuration is read for the first time.
function writeFiles(folder: string, template: Uint8Array | undefined): void {
  Deno.writeTextFileSync(`${folder}/dkim.pem`, KEY.pem);
  Deno.writeFileSync(`${folder}/logo.png`, octets(png(120, 40)));
  if (template) Deno.writeFileSync(`${folder}/invite.eml`, template);
}

/** Sends an email through the service to Postfix, and returns what was sent and what was stored. */
async function mailed(template?: Uint8Array) {
  await using postfix = await startPostfix(`mail.${DOMAIN}`);
  await using tap = startTap(postfix.port);
  await using organisation = await Organisation.create({
    settings(layout) {
      writeFiles(layout.folder, template);
      const email = {
        identity: { from: `matrix@${DOMAIN}`, name: "Chat für alle" },
        connectors: {
          smtp: {
            host: "127.0.0.1",
            port: tap.port,
            tls: 0,
            dkim: { domain: DOMAIN, selector: "matrix2026", key: { file: "dkim.pem" } },
          },
        },
        generators: template
          ? { template: { generic: { matrixId: `${layout.folder}/invite.eml` } } }
          : {},
      };
      return {
        threepid: { medium: { email } },
        server: { port: layout.servicePort, publicUrl: "https://matrix.example.org/mails" },
        notify: {
          delay: "0",
          replyTo: `help@${DOMAIN}`,
          brand: { logo: "logo.png" },
        },
      };
    },
  });
  await organisation.startService();
  await organisation.pushEvents(inviteEvent());
  const [stored] = await postfix.delivered(1);
  assert.ok(stored);
  await organisation.stopService();
  return { sent: dataOf(tap.sent()), stored };
}

/** The mail in a dialogue (RFC 5321, section 4.5.2). */
function dataOf(dialogue: string): string {
  const [, data] = /\r\nDATA\r\n([^]*?\r\n)\.\r\n/.exec(dialogue) ?? [];
  assert.ok(data !== undefined);
  return data.replace(/^\./gm, "");
}

/** A stored mail from the first field of the service on, with its original line ends. */
function storedPart(stored: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(stored);
  return text.slice(text.indexOf("DKIM-Signature:")).replaceAll("\n", "\r\n");
}

for (
  const [what, template] of [["built-in mail", undefined], [
    "mxisd template",
    TEMPLATE,
  ]] as const
) {
  Deno.test(`Postfix stores the ${what} as it was sent, and dkimpy verifies its signature`, async () => {
    const { sent, stored } = await mailed(template);
    assert.match(sent, /^DKIM-Signature:/);
    assert.equal(storedPart(stored), sent);
    const { passes, covers } = await checkWithDkimpy(stored, NAME, RECORD);
    assert.ok(passes);
    assert.deepEqual(COVERED.filter((name) => !covers.includes(name)), []);
    const email = await PostalMime.parse(stored);
    if (template) assert.match(email.text ?? "", /^\.Grüße von Alice/);
    else assert.equal(email.attachments[0]?.mimeType, "image/png");
  });
}

Deno.test("dkimpy detects changes to a signed mail", async () => {
  const { stored } = await mailed();
  const text = new TextDecoder("latin1").decode(stored);
  const change = async (from: string, to: string) => {
    assert.ok(text.includes(from), from);
    const changed = octets(text.replace(from, to));
    return (await checkWithDkimpy(changed, NAME, RECORD)).passes;
  };
  assert.ok(await change("Return-Path:", "return-path:"));
  assert.ok(!await change("https://matrix.example.org/mails/stop/", "https://evil.example/stop/"));
  assert.ok(!await change("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Click"));
  assert.ok(!await change("List-Id: Matrix", "List-Id: Matrlx"));
});
