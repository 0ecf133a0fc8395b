/**
 * Escapes text for HTML.
 *
 * @module
 */

const ENTITY: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes the text for HTML between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITY[character] ?? "");
}

/**
 * Escapes the text for any position inside a tag: every ASCII character but letters and digits
 * becomes a reference, so that not even an attribute without quotes ends early.
 */
export function escapeAttribute(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\u0080-\u{10FFFF}]/gu,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}
