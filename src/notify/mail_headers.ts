/**
 * Builds the header fields that depend on a mail's recipient and content.
 *
 * @module
 */

import { type EmailAddress, mailtoUrl } from "../domain/email_address.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import type { MailModel } from "../render/port.ts";
import type { MasterSecret } from "./derived_key.ts";
import { threadId } from "./message_id.ts";

/** What the fields are built with. */
export interface MailHeaderOptions {
  /** The domain of the From address, in ASCII. */
  readonly domain: string;
  /** The secret that thread IDs are derived from. */
  readonly secret: MasterSecret;
  /** The address for replies, if not the From address. */
  readonly replyTo?: EmailAddress | undefined;
  /** Where people may write to unsubscribe; somebody reads these mails. */
  readonly unsubscribeMailto?: EmailAddress | undefined;
}

/** The fields by name. */
export function mailHeaders(
  mail: ClaimedMail,
  model: MailModel,
  options: MailHeaderOptions,
): Readonly<Record<string, string>> {
  const { domain, replyTo } = options;
  return {
    // Never the inviter: a reply would reveal to a stranger that somebody reads this address.
    ...(replyTo === undefined ? {} : { "Reply-To": replyTo }),
    // RFC 2919. Not translated, as people filter by it.
    "List-Id": `Matrix invitations <matrix-invitations.${domain}>`,
    ...thread(mail, options),
    ...unsubscribe(model.links.stop, options.unsubscribeMailto),
  };
}

// RFC 5322, section 3.6.4. A mail about several rooms begins a thread, and its reminder continues it:
// the threads of its rooms would become one for ever.
function thread(mail: ClaimedMail, options: MailHeaderOptions): Record<string, string> {
  const { secret, domain } = options;
  const [roomId, ...others] = new Set(mail.invitations.map((invitation) => invitation.roomId));
  const references = [
    ...(roomId === undefined || others.length > 0
      ? []
      : [threadId(secret, roomId, mail.address, domain)]),
    ...(mail.reminds === undefined ? [] : [mail.reminds]),
  ];
  return references.length === 0 ? {} : { "References": references.join(" ") };
}

// RFC 2369, section 3.2, and RFC 8058, section 3.1, which requires https: over http, an eavesdropper
// could take the token.
function unsubscribe(link: string, mailto: EmailAddress | undefined): Record<string, string> {
  const urls = [
    ...(mailto === undefined ? [] : [`<${mailtoUrl(mailto)}?subject=unsubscribe>`]),
    ...(link === "" ? [] : [`<${link}>`]),
  ];
  if (urls.length === 0) return {};
  return {
    "List-Unsubscribe": urls.join(", "),
    ...(link.startsWith("https://")
      ? { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }
      : {}),
  };
}
