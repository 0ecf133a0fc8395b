/**
 * The mail model with everything that strangers chose made harmless.
 *
 * @module
 */

import { isServerName, serverOf } from "../domain/user_id.ts";
import { isolated, plainText, unlinked } from "../text/plain_text.ts";
import type { InvitationModel, MailModel } from "./port.ts";

// How many characters are shown of what a stranger wrote.
const LONGEST = { name: 60, label: 80, server: 80, id: 255, topic: 300, reason: 500 } as const;

/** What a stranger wrote something as. */
export type Shown = keyof typeof LONGEST;

/** What a stranger wrote as one short line of visible text, which no mail client makes a link of. */
export function harmless(value: string, kind: Shown): string {
  return unlinked(plainText(value, LONGEST[kind]));
}

/** Where the model's values will stand, and so what keeps their direction to themselves. */
export type Medium =
  /** Isolating characters around a value that could turn its surroundings. */
  | "text"
  /** The template's own markup, `<bdi>`. */
  | "html";

/**
 * The same model for one medium: foreign values are {@linkcode harmless}, links and the brand are
 * ours and stay.
 */
export function neutralModel(model: MailModel, medium: Medium): MailModel {
  const { recipient, mail } = model;
  function show(value: string, kind: Shown): string {
    return isolate(harmless(value, kind));
  }
  function isolate(value: string): string {
    return medium === "text" ? isolated(value, mail.direction) : value;
  }
  // Our own server's name may be a link; the localpart is the person's choice.
  function localId(id: string): string {
    const server = serverOf(id);
    if (!isServerName(server)) return show(id, "id");
    const localpart = id.slice(0, -server.length - 1);
    return isolate(`${harmless(localpart, "id")}:${server}`);
  }
  function invitation({ inviter, room, reason, when, link }: InvitationModel): InvitationModel {
    const name = show(room.name, "label");
    // As the label it is cut like one, and not told a second time.
    const alias = show(room.alias, room.alias === room.label ? "label" : "id");
    return {
      inviter: {
        name: show(inviter.name, "name"),
        id: (inviter.local ? localId(inviter.id) : show(inviter.id, "id")) || "?",
        server: show(inviter.server, "server"),
        local: inviter.local,
      },
      room: {
        id: show(room.id, "id"),
        // A name that only looks like one is none: then the alias is the label.
        label: show(room.label, "label") || name || alias,
        name,
        alias,
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
