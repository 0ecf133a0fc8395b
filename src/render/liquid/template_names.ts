/**
 * The names of the templates of mails and of the stop page.
 *
 * @module
 */

/** The templates of mails or of the page. */
export interface TemplateNames {
  /** Templates that all languages share; a language may have its own version. */
  readonly shared: readonly string[];
  /** The file with a language's sentences. */
  readonly words: string;
}

/** The templates of mails. */
export const MAIL_TEMPLATES: TemplateNames = {
  shared: ["subject", "text", "html", "card", "row", "preheader", "invited", "inviter"],
  words: "words.yaml",
};

/** The templates of the page on which mails are stopped. */
export const PAGE_TEMPLATES: TemplateNames = { shared: ["page"], words: "page.yaml" };
