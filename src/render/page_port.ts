/**
 * The port of the renderer of the stop page, on which recipients stop mails, and the model of its
 * template.
 *
 * @module
 */

import type { RoomKind } from "../domain/invitation.ts";

/** Mails that the recipient can stop. */
export interface ChoiceModel {
  /** Mails about this room, about this inviter, about inviters from other servers, or all mails. */
  readonly what: "room" | "inviter" | "outside" | "all";
  /** Whether they are stopped. */
  readonly stopped: boolean;
  /** Whether that can still be undone. */
  readonly revocable: boolean;
  /** Whether the recipient followed the link for this choice. */
  readonly preferred: boolean;
}

/** Mails about one room or one inviter of a mail that was about several. */
export interface ListedChoiceModel extends ChoiceModel {
  /** What they are. */
  readonly what: "room" | "inviter";
  /** The value of its buttons. */
  readonly value: string;
  /** The room, with a label, of a choice for a room. */
  readonly room: PageModel["room"];
  /** The person, of a choice for an inviter. */
  readonly inviter: PageModel["inviter"];
}

/**
 * The values for the page's template. Every name is always present, and unknown values are empty
 * strings. Values are untrusted: renderers neutralise and escape them.
 */
export interface PageModel {
  /** The page itself. */
  readonly page: {
    /** The choices, an invalid link, or a failure. */
    readonly kind: "choices" | "unknown" | "failed";
    /** The BCP 47 tags of the preferred languages, the best first. */
    readonly languages: readonly string[];
    /** The nonce of the style sheet (Content Security Policy, section 2.3.1). */
    readonly nonce: string;
  };
  /** Empty on other pages than the one with the choices. */
  readonly choices: readonly ChoiceModel[];
  /** The rooms and inviters of a mail about several, where they are few. */
  readonly listed: readonly ListedChoiceModel[];
  /** The room that the mail was about, if it is still known. */
  readonly room: { readonly label: string; readonly kind: RoomKind };
  /** The person who invited, if still known. */
  readonly inviter: { readonly name: string; readonly id: string };
}

/** Renders the stop page. */
export interface PageRenderer {
  /**
   * The page as HTML.
   *
   * @throws {RenderError} When the template cannot be rendered.
   */
  render(model: PageModel): Promise<string>;
  /**
   * Reads all files, so that checking and rendering read none.
   *
   * @throws {RenderError} When a built-in template is missing.
   */
  load(): Promise<void>;
  /**
   * Checks the templates.
   *
   * @throws {RenderError} When a template is broken.
   */
  check(): Promise<void>;
}
