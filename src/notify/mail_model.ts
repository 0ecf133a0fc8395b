/**
 * What a mail tells, put together from what was recorded.
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

/** What mails are made with. */
export interface ModelOptions {
  /** The homeserver's name. */
  readonly domain: string;
  /** How much of a room a mail may tell. */
  readonly content: MailContent;
  /** How the organisation presents itself. */
  readonly brand: MailModel["brand"];
  /** How to get in for somebody who has no account yet. */
  readonly registerUrl: string;
  /** The time zone that times are told in, where the recipient's own is unknown. */
  readonly timeZone: string;
  /** The languages that there are words for, by their tags (BCP 47). */
  readonly languages: readonly string[];
  /** The language, where there are no words in the recipient's own, or it is unknown. */
  readonly language: string;
  /** The link to where the recipient stops such mails; absent when there are no public pages. */
  readonly stopLink?: (mail: ClaimedMail, language: string) => string;
  /** The link that opens a room. */
  readonly link: (
    room: { readonly roomId: string; readonly inviter: string; readonly alias?: string },
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

// One page has all the choices; the link says which one the recipient came for.
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
  const { name = "", alias = "", topic = "", kind, encrypted } = toldOf(facts, options.content);
  const isHidden = options.content === "minimal";
  // A remote clock may be ahead: nothing was made after it was received.
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
    link: options.link({ roomId, inviter, ...(alias === "" ? {} : { alias }) }),
  };
}

// What may be told of the room. That messages are not known to be encrypted is never said.
function toldOf({ room }: InvitationFacts, content: MailContent): InvitationFacts["room"] {
  if (content === "full") return room;
  const { topic: _topic, ...names } = room;
  return content === "names" ? names : { kind: "room", encrypted: false };
}
