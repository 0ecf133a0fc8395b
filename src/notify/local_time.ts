/**
 * Formats times for a language and a time zone.
 *
 * @module
 */

import { primaryLanguage } from "../domain/language.ts";

/**
 * Formats a time with its day and its time zone's name, as is usual in the locale: twelve or
 * twenty-four hours, the locale's names, and Latin digits.
 *
 * @param time In milliseconds since 1970, UTC.
 * @param locale A language tag (BCP 47).
 * @param timeZones The first one that Intl knows is used, else UTC: a store may return any text.
 */
export function localTime(time: number, locale: string, timeZones: readonly string[]): string {
  // Creating a format takes far longer than using it.
  const key = [locale, ...timeZones].join(" ");
  let format = formats.get(key);
  if (!format) {
    format = timeFormat(WITH_REGION[locale] ?? locale, timeZones);
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(key, format);
  }
  return format.format(time);
}

/**
 * The locale of times in a mail: the first preferred one in the mail's language, with its region
 * (`en-US`), else the language alone.
 */
export function timeLocale(language: string, preferred: readonly (string | undefined)[]): string {
  const primary = primaryLanguage(language);
  const tag = preferred.find((tag) => tag !== undefined && primaryLanguage(tag) === primary);
  // Without extensions (-u-), which could select another calendar or time zone.
  return tag === undefined ? language : new Intl.Locale(tag).baseName;
}

// Without a region Intl assumes the language's largest country. English is read everywhere, and so is
// "10:00 CET"; for "10:00 AM GMT+1" there is en-US.
const WITH_REGION: Readonly<Record<string, string>> = { en: "en-GB" };

// The locales and time zones come from the stores, so there may be many.
const MAX_FORMATS = 500;
const formats = new Map<string, Intl.DateTimeFormat>();

function timeFormat(locale: string, timeZones: readonly string[]): Intl.DateTimeFormat {
  const [timeZone = "UTC", ...others] = timeZones;
  const fields = {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
    // Some locales have another calendar, or other digits than the counts and links in the mail.
    calendar: "gregory",
    numberingSystem: "latn",
  } as const;
  try {
    return new Intl.DateTimeFormat(locale, { ...fields, timeZone });
  } catch (error) {
    if (error instanceof RangeError && timeZones.length > 0) return timeFormat(locale, others);
    throw error;
  }
}
