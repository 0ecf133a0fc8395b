/**
 * Makes the untrusted values of the mail model harmless.
 *
 * @module
 */

import { isServerName, serverOf } from "../domain/user_id.ts";
import { isolated, looksLikeHost, plainText, unlinked } from "../text/plain_text.ts";
import type { InvitationModel, MailModel } from "./port.ts";

// How many characters of a stranger's text are shown.
const MAX_CHARS = { name: 60, label: 80, server: 80, id: 255, topic: 300, reason: 500 } as const;

/** The kinds of texts that strangers choose. */
export type UntrustedKind = keyof typeof MAX_CHARS;

/** A stranger's text as one short line of visible text. */
function visible(value: string, kind: UntrustedKind): string {
  return plainText(value, MAX_CHARS[kind]);
}

/** The same, which no mail client makes a link of. */
export function harmless(value: string, kind: UntrustedKind): string {
  return unlinked(visible(value, kind));
}

type Neutralize = typeof harmless;

/** The two, which remember what they have made. */
export interface NeutralTexts {
  readonly visible: Neutralize;
  readonly harmless: Neutralize;
}

/**
 * Makes them for the models of one mail: these have the same values, and hundreds of long ones take
 * seconds.
 */
export function neutralTexts(): NeutralTexts {
  const seen = remembering(visible);
  return { visible: seen, harmless: remembering((value, kind) => unlinked(seen(value, kind))) };
}

function remembering(neutralize: Neutralize): Neutralize {
  const known = new Map<string, string>();
  return (value, kind) => {
    const key = `${kind} ${value}`;
    const result = known.get(key) ?? neutralize(value, kind);
    known.set(key, result);
    return result;
  };
}

/** What values are for. */
export type Medium =
  /** The subject, which is no place for links: values are not changed against them. */
  | "subject"
  /**
   * Plain text, with isolating characters around values that could change the direction of the text
   * around them.
   */
  | "text"
  /**
   * HTML: the template's own markup, `<bdi>`, isolates the values, and `unclickable` replaces the
   * joiners in them.
   */
  | "html";

/**
 * The model for one medium: untrusted values are short, visible, and no links; links and the brand
 * are ours and stay. In plain text people copy the IDs and aliases of their own server: these stay as
 * they are, unless the part that a colleague chose looks like a host.
 *
 * @param texts For the other models of the same mail as well.
 */
export function neutralModel(
  model: MailModel,
  medium: Medium,
  texts: NeutralTexts = neutralTexts(),
): MailModel {
  const { visible, harmless } = texts;
  const { recipient, mail } = model;
  const shown = medium === "subject" ? visible : harmless;
  function show(value: string, kind: UntrustedKind): string {
    return isolate(shown(value, kind));
  }
  function isolate(value: string): string {
    return medium === "html" ? value : isolated(value, mail.direction);
  }
  const home = serverOf(recipient.id);
  /** An ID or alias at the reader's own server. */
  function ownId(id: string, kind: UntrustedKind = "id", isReader = false): string {
    if (medium !== "text" || !isServerName(home)) return show(id, kind);
    const localpart = id.slice(0, -home.length - 1);
    const stays = isReader || !looksLikeHost(localpart);
    return isolate(`${stays ? visible(localpart, kind) : harmless(localpart, kind)}:${home}`);
  }
  function invitation(model: InvitationModel): InvitationModel {
    const { inviter, room, added, reason, when, link } = model;
    const name = show(room.name, "label");
    // An alias that is the label is cut like one, and then not shown a second time.
    const kind = room.alias === room.label ? "label" : "id";
    const alias = isAt(home, room.alias) ? ownId(room.alias, kind) : show(room.alias, kind);
    const isAlias = room.label !== "" && room.label === room.alias;
    return {
      inviter: {
        name: show(inviter.name, "name"),
        claimedName: show(inviter.claimedName ?? "", "name"),
        id: (isAt(home, inviter.id) ? ownId(inviter.id) : show(inviter.id, "id")) || "?",
        server: show(inviter.server, "server"),
        local: inviter.local,
      },
      room: {
        id: show(room.id, "id"),
        // A name without visible characters counts as none: the alias is the label then.
        label: (isAlias ? alias : show(room.label, "label")) || name || alias,
        name,
        alias,
        claimedName: show(room.claimedName ?? "", "label"),
        kind: room.kind,
        topic: show(room.topic, "topic"),
        encrypted: room.encrypted,
      },
      added,
      reason: show(reason, "reason"),
      when,
      link,
    };
  }
  return {
    ...model,
    recipient: {
      name: show(recipient.name, "name"),
      id: ownId(recipient.id, "id", true),
      address: isolate(recipient.address),
    },
    invitations: model.invitations.map(invitation),
  };
}

function isAt(server: string, id: string): boolean {
  return server !== "" && serverOf(id) === server;
}
