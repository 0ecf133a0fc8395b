/**
 * The languages that the program has words for.
 *
 * @module
 */

/** Their tags (BCP 47), which are folders below `templates/`. */
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

/** What somebody gets whose language has no words. */
export const LAST_RESORT = "en";
