/**
 * The port to whatever draws the page on which recipients stop mails, and the model that its
 * template sees.
 *
 * @module
 */

import type { RoomKind } from "../domain/invitation.ts";

/** Something that can be stopped. */
export interface ChoiceModel {
  /** What: mails about this room, of this inviter, or all. */
  readonly what: "room" | "inviter" | "all";
  /** Whether it is stopped. */
  readonly stopped: boolean;
  /** Whether that can still be taken back. */
  readonly revocable: boolean;
  /** Whether it is what the recipient came for. */
  readonly preferred: boolean;
}

/**
 * What the page's template may say. Every name is always present, and what is unknown is an empty
 * string. Values are as they came: whoever draws the page neutralises and escapes them.
 */
export interface PageModel {
  /** The page itself. */
  readonly page: {
    /** The choices, a link that is none, or a failure. */
    readonly kind: "choices" | "unknown" | "failed";
    /** The tags (BCP 47) of the languages that are wanted, the best first. */
    readonly languages: readonly string[];
    /** What the style sheet has to show to be used (Content Security Policy, section 2.3.1). */
    readonly nonce: string;
  };
  /** What can be stopped or taken back; empty but on the page with the choices. */
  readonly choices: readonly ChoiceModel[];
  /** The room that the mail was about, where that is still known. */
  readonly room: { readonly label: string; readonly kind: RoomKind };
  /** Who invited, where that is still known. */
  readonly inviter: { readonly name: string; readonly id: string };
}

/** Draws pages. */
export interface PageRenderer {
  /**
   * The page as HTML.
   *
   * @throws {RenderError} When the template cannot be rendered.
   */
  render(model: PageModel): Promise<string>;
  /**
   * Whether it can draw at all. It loads what is loaded late, so that drawing reads no more files.
   *
   * @throws {RenderError} When it cannot.
   */
  check(): Promise<void>;
}
