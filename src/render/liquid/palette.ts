/**
 * Derives the colours of the HTML part from the organisation's, changed as little as needed to be
 * readable on light and on dark, and the size of its logo.
 *
 * @module
 */

import { readableOn, textColorOn } from "./contrast.ts";
import type { Picture } from "./picture.ts";

/** Colours (`#rrggbb`) and sizes, as `look` in HTML templates. */
export interface Look {
  /** The button. */
  readonly accent: string;
  /** The text on the button. */
  readonly onAccent: string;
  /** Links and lines on a light background. */
  readonly light: string;
  /** Links and lines on a dark background. */
  readonly dark: string;
  /** The logo's width in CSS pixels; 0 without a logo. */
  readonly logoWidth: number;
  /** The logo's height in CSS pixels; 0 without a logo. */
  readonly logoHeight: number;
}

/** The organisation's logo, as it is sent with mails. */
export interface Logo {
  /** The ID in `cid:` references. */
  readonly contentId: string;
  readonly picture: Picture;
}

// Without a configured colour.
const DEFAULT_COLOR = "#0f766e";

// The backgrounds of text in html.liquid.
const LIGHT_BACKGROUNDS = ["#ffffff", "#eef1f3", "#f3f6f7"];
const DARK_BACKGROUNDS = ["#1b1f22", "#111416", "#252b2f"];

// In CSS pixels. Pictures are not enlarged.
const MAX_LOGO = { width: 240, height: 48 } as const;

/** The look for a colour, which may be empty, and a logo. */
export function lookOf(color: string, logo?: Picture): Look {
  const accent = /^#[0-9a-f]{6}$/i.test(color) ? color.toLowerCase() : DEFAULT_COLOR;
  const { width = 0, height = 0 } = logo ?? {};
  const scale = logo ? Math.min(1, MAX_LOGO.width / width, MAX_LOGO.height / height) : 0;
  return {
    accent,
    onAccent: textColorOn(accent),
    light: readableOn(LIGHT_BACKGROUNDS, accent, "black"),
    dark: readableOn(DARK_BACKGROUNDS, accent, "white"),
    logoWidth: logo ? Math.max(1, Math.round(width * scale)) : 0,
    logoHeight: logo ? Math.max(1, Math.round(height * scale)) : 0,
  };
}
