/**
 * Languages as stores spell them.
 *
 * @module
 */

/**
 * The language tag (BCP 47) in its canonical spelling, `undefined` when the value is none. `de_AT`,
 * as POSIX writes it, is read as `de-AT`.
 */
export function parseLanguageTag(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return Intl.getCanonicalLocales(value.trim().replaceAll("_", "-"))[0];
  } catch {
    return undefined;
  }
}
