/**
 * Colours for terminals.
 *
 * @module
 */

// Parameters of "select graphic rendition" (ECMA-48).
const STYLES = { red: 31, green: 32, yellow: 33, bold: 1 } as const;

/** A colour or a weight. */
export type Style = keyof typeof STYLES;

/** The text in this style where colours are on, else as it is. The text must be safe to print. */
export function paint(text: string, style: Style | undefined, on = false): string {
  return on && style !== undefined ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
}

/** A text that was painted, as it was before. */
export function withoutColors(text: string): string {
  // deno-lint-ignore no-control-regex -- that is what colours are
  return text.replaceAll(/\x1b\[[0-9;]*m/g, "");
}
