/**
 * A mail's HTML as a browser shows it to somebody who likes it light, or dark.
 *
 * @module
 */

/** What a reader may like. */
export type ColorScheme = "light" | "dark";

/**
 * What a mail in a preview may do: be styled and show its own pictures. The frame around it takes
 * the rest.
 */
export const MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * A copy of the HTML that has chosen: a frame cannot be told which colours its reader likes, so the
 * questions in the style are answered in advance. It carries its own policy, wherever it is opened
 * from.
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
