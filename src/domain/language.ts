/**
 * Languages by their tags (BCP 47): which one somebody gets, and how it is written.
 *
 * @module
 */

/** The direction of a script: from left to right, or from right to left. */
export type Direction = "ltr" | "rtl";

/**
 * The first language that is wanted and available: with its region or script (`pt-BR`), else without
 * (`pt`). `undefined` when there is none; what is no language tag is passed over.
 *
 * @param wanted Tags, the one that is liked best first; what is unknown may be among them.
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

/** The direction that a language is written in; `ltr` for what is no language tag. */
export function directionOf(language: string): Direction {
  const script = localeOf(language)?.maximize().script ?? "";
  return RIGHT_TO_LEFT.has(script) ? "rtl" : "ltr";
}

/** The tag's language without script and region: `pt` for `pt-BR`. */
export function primaryLanguage(tag: string): string | undefined {
  return localeOf(tag)?.language;
}

// The scripts of ISO 15924 that languages of today are written in from right to left. Intl tells the
// direction too, but not in all engines that the program runs on.
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(
  ["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"],
);

// From the whole tag to the language alone (RFC 4647, section 3.4), extensions left out.
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
