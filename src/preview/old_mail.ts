/**
 * The email that mxisd and ma1sd sent without a template of one's own, to compare with.
 *
 * @module
 */

import { registerUrl, sender } from "../app/brand.ts";
import type { Settings } from "../config/sections/settings.ts";
import type { EmailAddress } from "../domain/email_address.ts";
import { composeMail } from "../mail/compose/compose.ts";
import { openEmlRenderer, parseEml } from "../render/eml/renderer.ts";
import { type PreviewedMail, readMail } from "./previewed_mail.ts";
import { sampleMail } from "./sample_mail.ts";
import { sampleMessage } from "./sample_message.ts";

// What it told, in our words: who invites to which room, and nothing to do about it.
const TEMPLATE = `Subject: %SENDER_NAME_OR_ID% invites you to a Matrix room
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="old"

--old
Content-Type: text/plain; charset=UTF-8

Hello,

%SENDER_NAME_OR_ID% invites you to the room %ROOM_NAME_OR_ID% on Matrix.

The administrators of %DOMAIN_PRETTY%
--old
Content-Type: text/html; charset=UTF-8

<p>Hello,</p>
<p>%SENDER_NAME_OR_ID% invites you to the room %ROOM_NAME_OR_ID% on Matrix.</p>
<p>The administrators of %DOMAIN_PRETTY%</p>
--old--
`;

/** A sample in the manner of the built-in template of mxisd. */
export async function oldMail(
  settings: Settings,
  sample: string,
  now: number,
): Promise<PreviewedMail> {
  const parsed = parseEml(new TextEncoder().encode(TEMPLATE));
  if (parsed.kind === "broken") throw new Error("the old template is broken");
  const { domain } = settings.matrix;
  const renderer = openEmlRenderer({
    domain,
    from: sender(settings),
    registerUrl: registerUrl(settings),
    template: parsed.template,
  });
  const mail = sampleMail(sample, { address: ADDRESS, domain, language: "en", now });
  const { message } = await sampleMessage(mail, settings, renderer);
  const composed = await composeMail(message);
  if (composed.kind === "refused") throw new Error(`cannot be sent: ${composed.reason}`);
  return await readMail(composed.bytes);
}

const ADDRESS = "bob@example.org" as EmailAddress;
