/**
 * Builds the model that a mail's templates see, from what was recorded.
 *
 * @module
 */

import type { InvitationFacts } from "../domain/invitation.ts";
import { bestLanguage, directionOf } from "../domain/language.ts";
import type { MailContent } from "../domain/mail_content.ts";
import { isLocal, serverOf } from "../domain/user_id.ts";
import type { ClaimedMail, MailInvitation } from "../outbox/port.ts";
import type { InvitationModel, MailModel } from "../render/port.ts";
import { localTime, timeLocale } from "./local_time.ts";

/** What models are built with. */
export interface ModelOptions {
  /** The homeserver's name. */
  readonly domain: string;
  /** How much about a room a mail may reveal. */
  readonly content: MailContent;
  /** How the organisation presents itself. */
  readonly brand: MailModel["brand"];
  /** Where somebody without an account registers. */
  readonly registerUrl: string;
  /** The time zone, where the recipient's own is unknown. */
  readonly timeZone: string;
  /** The languages that there are templates for, as tags (BCP 47). */
  readonly languages: readonly string[];
  /** The language, where the recipient's own is unknown or has no templates. */
  readonly language: string;
  /** The link to the page on which the recipient stops mails; without one there is no page. */
  readonly stopLink?: ((mail: ClaimedMail, language: string) => string) | undefined;
  /** The link that opens a room. */
  readonly link: (
    room: {
      readonly roomId: string;
      readonly inviter: string;
      readonly alias?: string | undefined;
    },
  ) => string;
}

/** The model of a mail that is due. */
export function mailModel(mail: ClaimedMail, options: ModelOptions): MailModel {
  const { registerUrl, languages } = options;
  const language = bestLanguage([mail.recipient.language, options.language], languages) ?? "en";
  const locale = timeLocale(language, [mail.recipient.language, options.language]);
  return {
    recipient: { name: mail.recipient.name, id: mail.userId, address: mail.address },
    mail: { kind: mail.kind, language, direction: directionOf(language) },
    invitations: mail.invitations.map((invitation) =>
      invitationModel(invitation, mail, options, locale)
    ),
    links: {
      ...stopLinks(options.stopLink?.(mail, language)),
      register: mail.recipient.hasAccount ? "" : registerUrl,
    },
    brand: options.brand,
  };
}

// One page has all the choices; the query says which one is preselected.
function stopLinks(link = "") {
  const to = (what: string) => link === "" ? "" : `${link}?what=${what}`;
  return { stop: link, stopRoom: to("room"), stopInviter: to("inviter") };
}

function invitationModel(
  invitation: MailInvitation,
  mail: ClaimedMail,
  options: ModelOptions,
  locale: string,
): InvitationModel {
  const { inviter, roomId, facts } = invitation;
  const { name = "", alias = "", topic = "", kind, encrypted } = revealed(facts, options.content);
  const isHidden = options.content === "minimal";
  // A remote clock may be ahead: no event was made after it was received.
  const madeAt = Math.min(invitation.originTs, invitation.receivedAt);
  return {
    inviter: {
      name: invitation.inviterName ?? facts.inviterName ?? "",
      id: inviter,
      server: serverOf(inviter),
      local: isLocal(inviter, options.domain),
    },
    room: {
      id: isHidden ? "" : roomId,
      ...{ label: name || alias, name, alias, kind, topic, encrypted },
      ...(isHidden ? { linkId: roomId } : {}),
    },
    reason: options.content === "full" ? facts.reason ?? "" : "",
    when: localTime(madeAt, locale, [
      mail.recipient.timeZone ?? options.timeZone,
      options.timeZone,
    ]),
    link: options.link({ roomId, inviter, alias: alias || undefined }),
  };
}

// What may be revealed about the room. A mail never says that messages are unencrypted.
function revealed({ room }: InvitationFacts, content: MailContent): InvitationFacts["room"] {
  if (content === "full") return room;
  const { topic: _topic, ...names } = room;
  return content === "names" ? names : { kind: "room", encrypted: false };
}
