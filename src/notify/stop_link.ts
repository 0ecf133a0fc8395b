/**
 * Builds the link in a mail to the page on which its recipient can stop mails.
 *
 * @module
 */

import { addressKey, type EmailAddress } from "../domain/email_address.ts";
import { isLocal } from "../domain/user_id.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import type { StopHash } from "../outbox/suppressions.ts";
import type { StopToken, StopTokens } from "./stop_token.ts";

/** What links are built with. */
export interface StopLinkOptions {
  /** The public pages' URL, without a slash at its end. */
  readonly publicUrl: string;
  readonly tokens: Pick<StopTokens, "write">;
  /** Hashes what a token identifies. */
  readonly hash: StopHash;
  /** The homeserver's name; without it, no inviter counts as one from another server. */
  readonly domain?: string | undefined;
  /** In a trial: where all mails go. The link then stops mails to this address. */
  readonly redirectTo?: EmailAddress | undefined;
}

/** The link for a mail in that language. */
export function stopLink(mail: ClaimedMail, language: string, options: StopLinkOptions): string {
  const { publicUrl, tokens, hash, redirectTo } = options;
  const room = onlyOne(mail.invitations.map(({ roomId }) => roomId));
  const inviter = onlyOne(mail.invitations.map(({ inviter }) => inviter));
  const token = tokens.write({
    mail: mail.id,
    address: hash("address", addressKey(redirectTo ?? mail.address)),
    room: room === undefined ? undefined : hash("room", room),
    inviter: inviter === undefined ? undefined : hash("inviter", inviter),
    language,
    outside: outsideOf(mail, options.domain),
  });
  return `${publicUrl}/stop/${token}`;
}

function outsideOf(mail: ClaimedMail, domain: string | undefined): StopToken["outside"] {
  if (domain === undefined) return undefined;
  const outside = mail.invitations.filter(({ inviter }) => !isLocal(inviter, domain));
  if (outside.length === 0) return undefined;
  return outside.length === mail.invitations.length ? "all" : "some";
}

function onlyOne(values: readonly string[]): string | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}
