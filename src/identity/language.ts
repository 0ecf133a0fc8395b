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

/**
 * The language that is liked best of a value such as `de, en;q=0.7`, as directories (RFC 2798) and
 * SCIM (RFC 7643, section 4.1.1) have it; `undefined` when none is named.
 */
export function preferredLanguage(value: string | null | undefined): string | undefined {
  const languages = (value ?? "").split(",").map((part) => {
    const [language = "", ...parameters] = part.split(";").map((text) => text.trim());
    const quality = /^q=([01](?:\.[0-9]{0,3})?)$/i.exec(parameters.join(";"))?.[1];
    return { language, quality: Number(quality ?? 1) };
  });
  return languages.filter(({ language, quality }) => /^[^*]+$/.test(language) && quality > 0)
    .sort((one, other) => other.quality - one.quality)[0]?.language;
}
