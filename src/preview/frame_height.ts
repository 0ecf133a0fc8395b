/**
 * Estimates how tall a mail is, for frames: they are isolated, so that no page can measure what is in
 * them.
 *
 * @module
 */

import type { PreviewedMail } from "./previewed_mail.ts";

/** The widths of frames. */
export type FrameWidth = "desktop" | "phone";

// How many characters of the text part one line of the HTML part has room for, and what such a line,
// with the space around it, takes at most in CSS pixels. Mails of the built-in templates take 15 to 30.
const LINES: Readonly<Record<FrameWidth, { readonly chars: number; readonly pixels: number }>> = {
  desktop: { chars: 60, pixels: 30 },
  phone: { chars: 34, pixels: 26 },
};
const AROUND_PIXELS = 120;
// Beyond it, a frame scrolls.
const MAX_PIXELS = 12_000;

/** A height in CSS pixels at which a mail of the built-in templates is shown whole. */
export function frameHeight(
  { text, html }: Pick<PreviewedMail, "text" | "html">,
  width: FrameWidth,
): number {
  const { chars, pixels } = LINES[width];
  const lines = (text || textOf(html)).split("\n");
  const count = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / chars)), 0);
  return Math.min(MAX_PIXELS, AROUND_PIXELS + count * pixels);
}

// For mails without a text part.
function textOf(html: string): string {
  return html
    .replace(/<style[^]*?<\/style>/gi, "")
    .replace(/<\/(?:p|div|tr|li|h\d)>|<br[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/\n\s+/g, "\n");
}
