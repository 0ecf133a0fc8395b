/**
 * The header fields of a mail that depend on what it tells and whom.
 *
 * @module
 */

import { type EmailAddress, mailtoUrl } from "../domain/email_address.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import type { MailModel } from "../render/port.ts";
import type { MasterSecret } from "./derived_key.ts";
import { threadId } from "./thread_id.ts";

/** What the fields are made with. */
export interface MailHeaderOptions {
  /** The domain of the From address, in ASCII. */
  readonly domain: string;
  /** What threads are derived from. */
  readonly secret: MasterSecret;
  /** Where answers go, if not to the From address. */
  readonly replyTo?: EmailAddress;
  /** Where people may write to get no more mails; somebody reads and acts there. */
  readonly unsubscribeMailto?: EmailAddress;
}

/** The fields by name. What is not known is left out. */
export function mailHeaders(
  mail: ClaimedMail,
  model: MailModel,
  options: MailHeaderOptions,
): Readonly<Record<string, string>> {
  const { domain, replyTo } = options;
  return {
    // Never the inviter: an answer would tell a stranger that the address is read.
    ...(replyTo === undefined ? {} : { "Reply-To": replyTo }),
    // RFC 2919; not translated, as people make rules of it.
    "List-Id": `Matrix invitations <matrix-invitations.${domain}>`,
    ...thread(mail, options),
    ...unsubscribe(model.links.stop, options.unsubscribeMailto),
  };
}

// RFC 5322, section 3.6.4. Mails about several rooms belong to no thread.
function thread(mail: ClaimedMail, options: MailHeaderOptions): Record<string, string> {
  const { secret, domain } = options;
  const [roomId, ...others] = new Set(mail.invitations.map((invitation) => invitation.roomId));
  if (roomId === undefined || others.length > 0) return {};
  return { "References": threadId(secret, roomId, mail.address, domain) };
}

// RFC 2369, section 3.2, and RFC 8058, section 3.1, which wants https: over http, whoever listens
// could take the token.
function unsubscribe(link: string, mailto: EmailAddress | undefined): Record<string, string> {
  const ways = [
    ...(mailto === undefined ? [] : [`<${mailtoUrl(mailto)}?subject=unsubscribe>`]),
    ...(link === "" ? [] : [`<${link}>`]),
  ];
  if (ways.length === 0) return {};
  return {
    "List-Unsubscribe": ways.join(", "),
    ...(link.startsWith("https://")
      ? { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }
      : {}),
  };
}
