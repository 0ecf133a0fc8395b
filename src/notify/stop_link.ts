/**
 * The link in a mail that leads to the page where its recipient can stop such mails.
 *
 * @module
 */

import { addressKey, type EmailAddress } from "../domain/email_address.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import type { StopHash } from "../outbox/suppressions.ts";
import type { StopTokens } from "./stop_token.ts";

/** What links are made with. */
export interface StopLinkOptions {
  /** Where people's browsers reach the public pages, without a slash at its end. */
  readonly publicUrl: string;
  /** Writes tokens. */
  readonly tokens: Pick<StopTokens, "write">;
  /** What stands in a token instead of names. */
  readonly hash: StopHash;
  /** Where mails really go, in a trial: the link is that person's. */
  readonly redirectTo?: EmailAddress;
}

/** The link of a mail in that language. */
export function stopLink(mail: ClaimedMail, language: string, options: StopLinkOptions): string {
  const { publicUrl, tokens, hash, redirectTo } = options;
  const room = onlyOne(mail.invitations.map(({ roomId }) => roomId));
  const inviter = onlyOne(mail.invitations.map(({ inviter }) => inviter));
  const token = tokens.write({
    mail: mail.id,
    address: hash("address", addressKey(redirectTo ?? mail.address)),
    ...(room === undefined ? {} : { room: hash("room", room) }),
    ...(inviter === undefined ? {} : { inviter: hash("inviter", inviter) }),
    language,
  });
  return `${publicUrl}/stop/${token}`;
}

function onlyOne(values: readonly string[]): string | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}
