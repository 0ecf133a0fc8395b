/**
 * What the HTML part is drawn with: the organisation's colour, changed as little as needed to be
 * readable in light and dark, and the size of its logo.
 *
 * @module
 */

import { readableOn, textColorOn } from "./contrast.ts";
import type { Picture } from "./picture.ts";

/** The colours and sizes, for the HTML part only. Colours are `#rrggbb`. */
export interface Look {
  /** The button. */
  readonly accent: string;
  /** The words on it. */
  readonly onAccent: string;
  /** Links and lines on light ground. */
  readonly light: string;
  /** Links and lines on dark ground. */
  readonly dark: string;
  /** The logo's width and height in CSS pixels; 0 without one. */
  readonly logoWidth: number;
  /** In CSS pixels as well. */
  readonly logoHeight: number;
}

/** The organisation's logo, as it goes along with mails. */
export interface Logo {
  /** What stands behind `cid:`. */
  readonly contentId: string;
  /** The picture. */
  readonly picture: Picture;
}

// The colour of an organisation that names none.
const DEFAULT_COLOR = "#0f766e";

// What stands behind words in html.liquid.
const LIGHT_GROUNDS = ["#ffffff", "#eef1f3", "#f3f6f7"];
const DARK_GROUNDS = ["#1b1f22", "#111416", "#252b2f"];

// In CSS pixels. Pictures are not made larger than they are.
const LOGO = { width: 240, height: 48 } as const;

/** The look for a colour, empty when none is named, and a logo. */
export function lookOf(color: string, logo?: Picture): Look {
  const accent = /^#[0-9a-f]{6}$/i.test(color) ? color.toLowerCase() : DEFAULT_COLOR;
  const { width = 0, height = 0 } = logo ?? {};
  const scale = logo ? Math.min(1, LOGO.width / width, LOGO.height / height) : 0;
  return {
    accent,
    onAccent: textColorOn(accent),
    light: readableOn(LIGHT_GROUNDS, accent, "black"),
    dark: readableOn(DARK_GROUNDS, accent, "white"),
    logoWidth: logo ? Math.max(1, Math.round(width * scale)) : 0,
    logoHeight: logo ? Math.max(1, Math.round(height * scale)) : 0,
  };
}
