/**
 * Language tags (BCP 47): parsing, matching, and the direction of writing.
 *
 * @module
 */

import type { Direction } from "../text/plain_text.ts";

/**
 * The first wanted language that is available: with its region or script (`pt-BR`), else without
 * (`pt`). `undefined` when there is none.
 *
 * @param wanted Tags in order of preference; other texts and `undefined` are ignored.
 * @param available Tags in their canonical spelling.
 */
export function bestLanguage(
  wanted: readonly (string | undefined)[],
  available: readonly string[],
): string | undefined {
  for (const tag of wanted) {
    for (const candidate of widened(tag ?? "")) {
      if (available.includes(candidate)) return candidate;
    }
  }
  return undefined;
}

/**
 * The languages of a value such as `de, en;q=0.7` in order of preference, as browsers send it (RFC
 * 9110, section 12.5.4), and directories (RFC 2798) and SCIM (RFC 7643, section 4.1.1) store it. They
 * are not validated.
 */
export function preferredLanguages(value: string | null | undefined): readonly string[] {
  const languages = (value ?? "").split(",").map((part) => {
    const [language = "", ...parameters] = part.split(";").map((text) => text.trim());
    const quality = /^q=([01](?:\.[0-9]{0,3})?)$/i.exec(parameters.join(";"))?.[1];
    return { language, quality: Number(quality ?? 1) };
  });
  return languages.filter(({ language, quality }) => /^[^*]+$/.test(language) && quality > 0)
    .sort((one, other) => other.quality - one.quality).map(({ language }) => language);
}

/**
 * The language tag in its canonical spelling, `undefined` if the value is not one. `de_AT`, as POSIX
 * writes it, is read as `de-AT`.
 */
export function parseLanguageTag(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return Intl.getCanonicalLocales(value.trim().replaceAll("_", "-"))[0];
  } catch {
    return undefined;
  }
}

/** The direction in which a language is written; `ltr` for other texts. */
export function directionOf(language: string): Direction {
  const script = localeOf(language)?.maximize().script ?? "";
  return RIGHT_TO_LEFT.has(script) ? "rtl" : "ltr";
}

/** The tag's language without script and region: `pt` for `pt-BR`. */
export function primaryLanguage(tag: string): string | undefined {
  return localeOf(tag)?.language;
}

// The right-to-left scripts (ISO 15924) of living languages. Intl knows the direction too, but not in
// all engines that the program runs on.
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(
  ["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"],
);

// From the whole tag without extensions to the language alone (RFC 4647, section 3.4).
function widened(tag: string): string[] {
  const parts = localeOf(tag)?.baseName.split("-") ?? [];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("-"));
}

function localeOf(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag);
  } catch {
    return undefined;
  }
}
