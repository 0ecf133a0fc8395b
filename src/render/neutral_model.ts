/**
 * Makes the untrusted values of the mail model harmless.
 *
 * @module
 */

import { isServerName, serverOf } from "../domain/user_id.ts";
import { isolated, plainText, unlinked } from "../text/plain_text.ts";
import type { InvitationModel, MailModel } from "./port.ts";

// How many characters of a stranger's text are shown.
const MAX_CHARS = { name: 60, label: 80, server: 80, id: 255, topic: 300, reason: 500 } as const;

/** The kinds of texts that strangers choose. */
export type UntrustedKind = keyof typeof MAX_CHARS;

/** A stranger's text as one short line of visible text, which no mail client makes a link of. */
export function harmless(value: string, kind: UntrustedKind): string {
  return unlinked(plainText(value, MAX_CHARS[kind]));
}

/** The part that values are for, which decides what isolates their direction. */
export type Medium =
  /**
   * Isolating characters, around values that could change the direction of the text around them.
   */
  | "text"
  /** The template's own markup, `<bdi>`. */
  | "html";

/**
 * The model for one medium: untrusted values are {@linkcode harmless}; links and the brand are ours
 * and stay.
 */
export function neutralModel(model: MailModel, medium: Medium): MailModel {
  const { recipient, mail } = model;
  function show(value: string, kind: UntrustedKind): string {
    return isolate(harmless(value, kind));
  }
  function isolate(value: string): string {
    return medium === "text" ? isolated(value, mail.direction) : value;
  }
  // Our own server's name may become a link; the localpart is chosen by the person.
  function localId(id: string): string {
    const server = serverOf(id);
    if (!isServerName(server)) return show(id, "id");
    const localpart = id.slice(0, -server.length - 1);
    return isolate(`${harmless(localpart, "id")}:${server}`);
  }
  function invitation({ inviter, room, reason, when, link }: InvitationModel): InvitationModel {
    const name = show(room.name, "label");
    // An alias that is the label is cut like one, and then not shown a second time.
    const alias = show(room.alias, room.alias === room.label ? "label" : "id");
    return {
      inviter: {
        name: show(inviter.name, "name"),
        claimedName: show(inviter.claimedName ?? "", "name"),
        id: (inviter.local ? localId(inviter.id) : show(inviter.id, "id")) || "?",
        server: show(inviter.server, "server"),
        local: inviter.local,
      },
      room: {
        id: show(room.id, "id"),
        // A name without visible characters counts as none: the alias is the label then.
        label: show(room.label, "label") || name || alias,
        name,
        alias,
        claimedName: show(room.claimedName ?? "", "label"),
        kind: room.kind,
        topic: show(room.topic, "topic"),
        encrypted: room.encrypted,
      },
      reason: show(reason, "reason"),
      when,
      link,
    };
  }
  return {
    ...model,
    recipient: {
      name: show(recipient.name, "name"),
      id: localId(recipient.id),
      address: isolate(recipient.address),
    },
    invitations: model.invitations.map(invitation),
  };
}
