/**
 * Builds the model that a mail's templates see, from what was recorded.
 *
 * @module
 */

import { bestLanguage, directionOf } from "../domain/language.ts";
import { serverOf } from "../domain/user_id.ts";
import type { ClaimedMail, MailInvitation } from "../outbox/port.ts";
import type { InvitationModel, MailModel } from "../render/port.ts";
import { localTime, timeLocale } from "./local_time.ts";
import { revealed, type RevealOptions } from "./revealed.ts";

/** What models are built with. */
export interface ModelOptions extends RevealOptions {
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
    invitations: ownFirst(
      mail.invitations.map((invitation) => invitationModel(invitation, mail, options, locale)),
    ),
    links: {
      ...stopLinks(options.stopLink?.(mail, language)),
      register: mail.recipient.hasAccount ? "" : registerUrl,
    },
    brand: options.brand,
  };
}

// The first ones are in the subject, and listed when there are too many.
function ownFirst(invitations: readonly InvitationModel[]): readonly InvitationModel[] {
  const { own = [], others = [] } = Object.groupBy(
    invitations,
    ({ inviter }) => inviter.local ? "own" : "others",
  );
  return [...own, ...others];
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
  const { inviter, roomId } = invitation;
  const { hidesRoomId, room, reason, ...shown } = revealed(invitation, options);
  // A remote clock may be ahead: no event was made after it was received.
  const madeAt = Math.min(invitation.originTs, invitation.receivedAt);
  return {
    inviter: { ...shown.inviter, id: inviter, server: serverOf(inviter) },
    room: {
      id: hidesRoomId ? "" : roomId,
      ...room,
      ...(hidesRoomId ? { linkId: roomId } : {}),
    },
    added: invitation.facts.joinedAt !== undefined,
    reason,
    when: localTime(madeAt, locale, [
      mail.recipient.timeZone ?? options.timeZone,
      options.timeZone,
    ]),
    link: options.link({ roomId, inviter, alias: room.alias || undefined }),
  };
}
