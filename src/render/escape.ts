/**
 * Escaping for HTML.
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

/** The text as HTML has it between tags and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITY[sign] ?? "");
}

/**
 * The text for any place inside a tag: every character but letters, digits and those beyond ASCII
 * is a reference, so that not even an attribute without quotes ends early.
 */
export function escapeAttribute(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\u0080-\u{10FFFF}]/gu,
    (sign) => `&#${sign.charCodeAt(0)};`,
  );
}
