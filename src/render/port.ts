/**
 * The port of mail renderers, and the model of mail templates.
 *
 * @module
 */

import type { RoomKind } from "../domain/invitation.ts";
import type { Content } from "../domain/message.ts";
import type { Direction } from "../text/plain_text.ts";

/**
 * The names in mail templates. Every name is always present, and unknown values are empty strings.
 * Values are untrusted: renderers neutralise and escape them for each part.
 */
export interface MailModel {
  /** The person who gets the mail. */
  readonly recipient: {
    /** The name in the identity stores. */
    readonly name: string;
    /** The Matrix ID. */
    readonly id: string;
    /** The email address. */
    readonly address: string;
  };
  /** What kind of mail it is. */
  readonly mail: {
    /** About one invitation, about several, or about one again. */
    readonly kind: "invite" | "digest" | "reminder";
    /**
     * A BCP 47 tag. If it is not one of the renderer's languages, the renderer takes the closest.
     */
    readonly language: string;
    /** The direction of the language's script. */
    readonly direction: Direction;
  };
  /** At least one: those of the homeserver's own users first, of each the oldest first. */
  readonly invitations: readonly InvitationModel[];
  /** Links for the recipient. */
  readonly links: {
    /** Stops all mails to this address; empty when there are no public pages. */
    readonly stop: string;
    /** Stops mails about this room. */
    readonly stopRoom: string;
    /** Stops mails about this inviter. */
    readonly stopInviter: string;
    /** Where people without an account get one; empty for somebody known to have one. */
    readonly register: string;
  };
  /** How the organisation presents itself. */
  readonly brand: {
    /** The organisation's name for its chat. */
    readonly product: string;
    /** A `cid:` reference to the logo. */
    readonly logo: string;
    /** A colour, `#rrggbb`. */
    readonly color: string;
    /** A line at the mail's end. */
    readonly footer: string;
    /** An email address or a URL for help. */
    readonly support: string;
    /** The legally required information about the sender; several lines. */
    readonly imprint: string;
    /** How people without an account get one, in the organisation's own words. */
    readonly register: string;
  };
}

/** One invitation in a mail. */
export interface InvitationModel {
  /** The person who invites. */
  readonly inviter: {
    /** The name, empty when unknown. */
    readonly name: string;
    /** The name that somebody from outside claims, where it must not be shown as the name. */
    readonly claimedName?: string | undefined;
    /** The Matrix ID, unvalidated: any text up to 255 bytes, for display only. */
    readonly id: string;
    /** The server name in the Matrix ID. */
    readonly server: string;
    /** Whether the inviter belongs to this homeserver. */
    readonly local: boolean;
  };
  /** The room that the invitation is for. */
  readonly room: {
    /** The room's ID; empty where the mail must not show it. */
    readonly id: string;
    /** The room's ID for links alone, where the mail must not show it. */
    readonly linkId?: string | undefined;
    /** The room's name, else its alias, else empty. */
    readonly label: string;
    /** Empty for a room without a name. */
    readonly name: string;
    /** The canonical alias, empty for a room without one. */
    readonly alias: string;
    /** The name or alias that somebody from outside gave it, where it must not be shown as that. */
    readonly claimedName?: string | undefined;
    /** A direct chat is between two people; a space contains rooms. */
    readonly kind: RoomKind;
    /** Empty for a room without a topic. */
    readonly topic: string;
    /** Whether messages are encrypted end to end. */
    readonly encrypted: boolean;
  };
  /** Whether the recipient is in the room already, as the homeserver accepts invitations for them. */
  readonly added: boolean;
  /** The inviter's message in the invitation. */
  readonly reason: string;
  /** The invitation's date and time, in the mail's language and time zone. */
  readonly when: string;
  /** The link that opens the room in the recipient's client. */
  readonly link: string;
}

/** Renders mails. */
export interface Renderer {
  /** The BCP 47 tags of the languages that it has templates for; at least one. */
  readonly languages: readonly string[];
  /**
   * Renders one mail.
   *
   * @throws {RenderError} When the template cannot be rendered; the mail is deferred.
   */
  render(model: MailModel): Promise<Content>;
  /**
   * Reads all files, so that checking and rendering read none.
   *
   * @throws {RenderError} When a built-in template is missing.
   */
  load(): Promise<void>;
  /**
   * Checks the templates; with an administrator's templates in many languages, this takes seconds.
   *
   * @throws {RenderError} When a template is broken.
   */
  check(): Promise<void>;
}

/** A template is broken. The message says which one, at which line, and why. */
export class RenderError extends Error {
  /** Identifies the class. */
  override readonly name = "RenderError";
}
