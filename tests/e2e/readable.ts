/**
 * The text of mails as a reader sees it.
 *
 * @module
 */

/** The text without the invisible characters and the markup that isolate untrusted values. */
export function readable(text: string | undefined): string {
  return (text ?? "").replaceAll(/[\u2060\u2066-\u2069]|<\/?(?:bdi|span)[^>]*>/g, "");
}
