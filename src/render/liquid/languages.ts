/**
 * The languages that the built-in templates are translated into.
 *
 * @module
 */

/** Their BCP 47 tags, which are folders in `templates/`. */
export const LANGUAGES: readonly string[] = [
  "en",
  "de",
  "fr",
  "es",
  "it",
  "nl",
  "pt",
  "pl",
  "uk",
  "ar",
];

/** The language of mails for people whose language has no translation. */
export const FALLBACK_LANGUAGE = "en";
