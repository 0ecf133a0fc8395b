/**
 * Finds colours with enough contrast for text (WCAG 2.2, success criterion 1.4.3).
 *
 * @module
 */

/** The contrast that level AA requires of text. */
export const MIN_CONTRAST = 4.5;

/** The contrast ratio of two colours (`#rrggbb`), from 1, equal, to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** White, or black where white is not readable: one of them always is. */
export function textColorOn(background: string): string {
  return contrast(WHITE, background) >= MIN_CONTRAST ? WHITE : BLACK;
}

/**
 * The colour itself if it is readable on all of the backgrounds, else a darker one (`black`) or a
 * lighter one (`white`) that is. Either all backgrounds have to be light, or all have to be dark.
 */
export function readableOn(
  backgrounds: readonly string[],
  color: string,
  toward: "black" | "white",
): string {
  const end = toward === "black" ? BLACK : WHITE;
  for (let step = 0; step < STEPS; step++) {
    const mixed = mix(color, end, step / STEPS);
    if (backgrounds.every((background) => contrast(mixed, background) >= MIN_CONTRAST)) {
      return mixed;
    }
  }
  return end;
}

const WHITE = "#ffffff";
const BLACK = "#000000";
const STEPS = 32;

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

// Relative luminance, from 0 to 1.
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(color: string, other: string, share: number): string {
  const others = channels(other);
  return "#" + channels(color).map((channel, at) => {
    const mixed = Math.round(channel + ((others[at] ?? 0) - channel) * share);
    return mixed.toString(16).padStart(2, "0");
  }).join("");
}
