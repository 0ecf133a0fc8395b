/**
 * The port to whatever turns invitations into a mail's content, and the model that templates see.
 *
 * @module
 */

import type { RoomKind } from "../domain/invitation.ts";
import type { Content } from "../domain/message.ts";
import type { Direction } from "../text/plain_text.ts";

/**
 * The names in templates. Every name is always present, and what is unknown is an empty string.
 * Values are as they came: whoever renders them neutralises and escapes them for each part.
 */
export interface MailModel {
  /** Who gets the mail. */
  readonly recipient: {
    /** The name in the identity stores. */
    readonly name: string;
    /** The Matrix ID. */
    readonly id: string;
    /** The mail address. */
    readonly address: string;
  };
  /** What kind of mail it is. */
  readonly mail: {
    /** One invitation, several of them, or one that was told of before. */
    readonly kind: "invite" | "digest" | "reminder";
    /** A language tag (BCP 47): one of the renderer's languages, or the renderer takes the best. */
    readonly language: string;
    /** The direction of the language's script. */
    readonly direction: Direction;
  };
  /** At least one, the oldest first. */
  readonly invitations: readonly InvitationModel[];
  /** Where the recipient may go. */
  readonly links: {
    /** Stops all mails to this address; empty when there are no public pages. */
    readonly stop: string;
    /** Stops mails about this room. */
    readonly stopRoom: string;
    /** Stops mails about this inviter. */
    readonly stopInviter: string;
    /** How to get in for somebody who has no account yet; empty for somebody known to have one. */
    readonly register: string;
  };
  /** How the organisation presents itself. */
  readonly brand: {
    /** What the organisation calls its chat. */
    readonly product: string;
    /** A `cid:` reference to the logo. */
    readonly logo: string;
    /** A colour, `#rrggbb`. */
    readonly color: string;
    /** A line at the mail's end. */
    readonly footer: string;
    /** Where to ask for help: an address or a URL. */
    readonly support: string;
    /** Who sends this, where the law wants that told; several lines. */
    readonly imprint: string;
    /** How to get in for people without an account, in the organisation's own words. */
    readonly register: string;
  };
}

/** One invitation in a mail. */
export interface InvitationModel {
  /** Who invites. */
  readonly inviter: {
    /** The name, empty when unknown. */
    readonly name: string;
    /** The Matrix ID: any text up to 255 bytes, for display only. */
    readonly id: string;
    /** The server's name. */
    readonly server: string;
    /** Whether the inviter belongs to this homeserver. */
    readonly local: boolean;
  };
  /** Where to. */
  readonly room: {
    /** The room's ID; empty where the mail may not tell it. */
    readonly id: string;
    /** The room's ID for links alone, where the mail may not tell it. */
    readonly linkId?: string;
    /** What to call the room: its name, else its alias, else empty. */
    readonly label: string;
    /** The room's name. */
    readonly name: string;
    /** The canonical alias. */
    readonly alias: string;
    /** A direct chat is one between two people; a space holds rooms. */
    readonly kind: RoomKind;
    /** What the room is about. */
    readonly topic: string;
    /** Whether messages are encrypted end to end. */
    readonly encrypted: boolean;
  };
  /** What the inviter wrote along with the invitation. */
  readonly reason: string;
  /** When the invitation was made, written out in the mail's language and time zone. */
  readonly when: string;
  /** Opens the room in the recipient's client. */
  readonly link: string;
}

/** Turns invitations into what a mail says. */
export interface Renderer {
  /** The languages that it has words for, by their tags (BCP 47); at least one. */
  readonly languages: readonly string[];
  /**
   * Renders one mail.
   *
   * @throws {RenderError} When the template cannot be rendered; the mail waits.
   */
  render(model: MailModel): Promise<Content>;
  /**
   * Whether it can render at all. It loads what is loaded late, so that rendering reads no more
   * files.
   *
   * @throws {RenderError} When it cannot.
   */
  check(): Promise<void>;
}

/** A template is wrong. The message says which one, where, and what. */
export class RenderError extends Error {
  /** The name of this kind of error. */
  override readonly name = "RenderError";
}
