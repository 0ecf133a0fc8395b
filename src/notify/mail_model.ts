/**
 * What a mail tells, put together from what was recorded.
 *
 * @module
 */

import { isLocal, serverOf } from "../domain/user_id.ts";
import type { ClaimedMail, MailInvitation } from "../outbox/port.ts";
import type { InvitationModel, MailModel } from "../render/port.ts";

/** What mails are made with. */
export interface ModelOptions {
  /** The homeserver's name. */
  readonly domain: string;
  /** How to get in for somebody who has no account yet. */
  readonly registerUrl: string;
  /** The time zone that times are told in, where the recipient's own is unknown. */
  readonly timeZone: string;
  /** The language, where the recipient's own is unknown or not there: a tag of BCP 47. */
  readonly language: string;
  /** The link that opens a room. */
  readonly link: (
    room: { readonly roomId: string; readonly inviter: string; readonly alias?: string },
  ) => string;
}

/** The model of a mail that is due. */
export function mailModel(mail: ClaimedMail, options: ModelOptions): MailModel {
  const { registerUrl, language } = options;
  return {
    recipient: { name: mail.recipient.name, id: mail.userId, address: mail.address },
    mail: { kind: mail.kind, language, direction: "ltr" },
    invitations: mail.invitations.map((invitation) => invitationModel(invitation, mail, options)),
    links: { stop: "", stopRoom: "", stopInviter: "", register: registerUrl },
    brand: {
      product: "Matrix",
      logo: "",
      color: "",
      footer: "",
      support: "",
      imprint: "",
      register: "",
    },
  };
}

function invitationModel(
  invitation: MailInvitation,
  mail: ClaimedMail,
  options: ModelOptions,
): InvitationModel {
  const { inviter, roomId, facts } = invitation;
  const { name = "", alias = "", topic = "", kind, encrypted } = facts.room;
  // A remote clock may be ahead: nothing was made after it was received.
  const madeAt = Math.min(invitation.originTs, invitation.receivedAt);
  return {
    inviter: {
      name: invitation.inviterName ?? facts.inviterName ?? "",
      id: inviter,
      server: serverOf(inviter),
      local: isLocal(inviter, options.domain),
    },
    room: { id: roomId, label: name || alias, name, alias, kind, topic, encrypted },
    reason: facts.reason ?? "",
    when: formatTime(madeAt, options.language, [
      mail.recipient.timeZone ?? options.timeZone,
      options.timeZone,
    ]),
    link: options.link({ roomId, inviter, ...(alias === "" ? {} : { alias }) }),
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

// In the first of the time zones that this program knows: a store may name any.
function formatTime(time: number, language: string, timeZones: readonly string[]): string {
  // Making a format takes far longer than using it.
  const key = [language, ...timeZones].join(" ");
  let format = formats.get(key);
  if (!format) {
    format = timeFormat(language, timeZones);
    formats.set(key, format);
  }
  return format.format(time);
}

function timeFormat(locale: string, timeZones: readonly string[]): Intl.DateTimeFormat {
  const [timeZone = "UTC", ...others] = timeZones;
  const fields = {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  } as const;
  try {
    return new Intl.DateTimeFormat(locale, { ...fields, timeZone });
  } catch (error) {
    if (error instanceof RangeError && timeZones.length > 0) return timeFormat(locale, others);
    throw error;
  }
}
