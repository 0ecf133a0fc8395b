/**
 * Texts of mails, as a person sees them.
 *
 * @module
 */

/** The text without the invisible characters that keep foreign values apart from ours. */
export function readable(text: string | undefined): string {
  return (text ?? "").replaceAll(/[\u2060\u2066-\u2069]|<\/?bdi[^>]*>/g, "");
}
