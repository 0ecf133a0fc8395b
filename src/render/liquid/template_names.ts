/**
 * The names of the templates that mails and the page are made of.
 *
 * @module
 */

/** The templates that something is made of. */
export interface TemplateNames {
  /** Those that all languages share, and of which a language may have its own form. */
  readonly shared: readonly string[];
  /** The file of a language's sentences. */
  readonly words: string;
}

/** What mails are made of. */
export const MAIL_TEMPLATES: TemplateNames = {
  shared: ["subject", "text", "html", "invited", "inviter"],
  words: "words.yaml",
};

/** What the page is made of where mails are stopped. */
export const PAGE_TEMPLATES: TemplateNames = { shared: ["page"], words: "page.yaml" };
