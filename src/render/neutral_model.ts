/**
 * The mail model with everything that strangers chose made harmless.
 *
 * @module
 */

import { isolated, plainText, unlinked } from "../domain/plain_text.ts";
import { isServerName, serverOf } from "../domain/user_id.ts";
import type { InvitationModel, MailModel } from "./port.ts";

// How many characters a mail shows of what a stranger wrote.
const LONGEST = { name: 60, label: 80, server: 80, id: 255, topic: 300, reason: 500 } as const;

/** Where the model's values will stand, and so what keeps their direction to themselves. */
export type Medium =
  /** Isolating characters around a value that could turn its surroundings. */
  | "text"
  /** The template's own markup, `<bdi>`. */
  | "html";

/**
 * The same model for one medium: foreign values are one line, short, without invisible characters,
 * and nothing that a mail client would make a link of. Links and the brand are ours and stay.
 */
export function neutralModel(model: MailModel, medium: Medium): MailModel {
  const { recipient, mail } = model;
  function show(value: string, longest: number): string {
    return isolate(unlinked(plainText(value, longest)));
  }
  function isolate(value: string): string {
    return medium === "text" ? isolated(value, mail.direction) : value;
  }
  // Our own server's name may be a link; the localpart is the person's choice.
  function localId(id: string): string {
    const server = serverOf(id);
    if (!isServerName(server)) return show(id, LONGEST.id);
    const localpart = id.slice(0, -server.length - 1);
    return isolate(`${unlinked(plainText(localpart, LONGEST.id))}:${server}`);
  }
  function invitation({ inviter, room, reason, when, link }: InvitationModel): InvitationModel {
    const name = show(room.name, LONGEST.label);
    // As the label it is cut like one, and not told a second time.
    const alias = show(room.alias, room.alias === room.label ? LONGEST.label : LONGEST.id);
    return {
      inviter: {
        name: show(inviter.name, LONGEST.name),
        id: (inviter.local ? localId(inviter.id) : show(inviter.id, LONGEST.id)) || "?",
        server: show(inviter.server, LONGEST.server),
        local: inviter.local,
      },
      room: {
        id: show(room.id, LONGEST.id),
        // A name that only looks like one is none: then the alias is the label.
        label: show(room.label, LONGEST.label) || name || alias,
        name,
        alias,
        kind: room.kind,
        topic: show(room.topic, LONGEST.topic),
        encrypted: room.encrypted,
      },
      reason: show(reason, LONGEST.reason),
      when,
      link,
    };
  }
  return {
    ...model,
    recipient: {
      name: show(recipient.name, LONGEST.name),
      id: localId(recipient.id),
      address: isolate(recipient.address),
    },
    invitations: model.invitations.map(invitation),
  };
}
