/**
 * Decides what a mail reveals of an invitation. What is withheld here is unknown to all templates.
 *
 * @module
 */

import { lesserContent, type MailContent, type OutsideContent } from "../domain/mail_content.ts";
import { isLocal } from "../domain/user_id.ts";
import type { MailInvitation } from "../outbox/port.ts";
import type { InvitationModel } from "../render/port.ts";

/** What the decision depends on besides the invitation. */
export interface RevealOptions {
  /** The homeserver's name. */
  readonly domain: string;
  /** How much about a room a mail may reveal. */
  readonly content: MailContent;
  /** The same where the inviter is from another server; never more than `content`. */
  readonly contentFromOutside: OutsideContent;
}

/** What a mail reveals; what is withheld is empty. */
export interface Revealed {
  readonly inviter: Pick<InvitationModel["inviter"], "name" | "claimedName" | "local">;
  readonly room: Omit<InvitationModel["room"], "id" | "linkId">;
  /** Whether the room's ID must not be shown. */
  readonly hidesRoomId: boolean;
  readonly reason: string;
}

/** What a mail reveals of the invitation. */
export function revealed(invitation: MailInvitation, options: RevealOptions): Revealed {
  const { inviter, inviterName, facts } = invitation;
  const local = isLocal(inviter, options.domain);
  const content = local
    ? options.content
    : lesserContent(options.content, options.contentFromOutside);
  const person = inviterName ?? facts.inviterName ?? "";
  const { name = "", alias = "", topic = "", kind, encrypted } = facts.room;
  const label = name || alias;
  switch (content) {
    case "full":
    case "names":
      return {
        inviter: { name: person, local },
        room: {
          ...{ label, name, alias, kind, encrypted },
          topic: content === "full" ? topic : "",
        },
        hidesRoomId: false,
        reason: content === "full" ? facts.reason ?? "" : "",
      };
    case "careful":
      return {
        inviter: { name: "", ...claimed(person), local },
        room: { ...NO_ROOM, ...claimed(label), kind, encrypted },
        hidesRoomId: false,
        reason: "",
      };
    case "minimal":
      return {
        inviter: { name: local ? person : "", local },
        room: NO_ROOM,
        hidesRoomId: true,
        reason: "",
      };
  }
}

// A mail never says that messages are unencrypted.
const NO_ROOM: Revealed["room"] = {
  ...{ label: "", name: "", alias: "", topic: "" },
  kind: "room",
  encrypted: false,
};

function claimed(name: string): { readonly claimedName?: string } {
  return name === "" ? {} : { claimedName: name };
}
