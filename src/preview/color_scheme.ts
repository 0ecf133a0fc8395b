/**
 * Sets a mail's HTML to the light or the dark color scheme.
 *
 * @module
 */

/** The color schemes that a reader may prefer. */
export type ColorScheme = "light" | "dark";

/** The policy of a mail in a preview: it may be styled and show its own pictures. */
export const MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * A copy of the HTML with a fixed color scheme: a frame cannot be told which one its reader
 * prefers, so the media queries in the style are answered in advance. The copy has the policy in
 * itself, wherever it is opened from.
 */
export function inColorScheme(html: string, scheme: ColorScheme): string {
  const chosen = html
    .replace(
      /\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)/gi,
      (_, asked: string) => asked.toLowerCase() === scheme ? "(min-width: 0)" : "(max-width: 0)",
    )
    .replace(/(\bcolor-schemes?\s*:\s*)light dark\b/gi, `$1${scheme}`)
    .replace(/(<meta name="(?:supported-)?color-schemes?" content=")light dark"/gi, `$1${scheme}"`);
  const policy = `<meta http-equiv="Content-Security-Policy" content="${MAIL_POLICY}">`;
  const head = /<head\b[^>]*>/i;
  if (head.test(chosen)) return chosen.replace(head, (tag) => tag + policy);
  return chosen.replace(
    /^(?:\s*<!doctype[^>]*>)?(?:\s*<html\b[^>]*>)?/i,
    (start) => start + policy,
  );
}
