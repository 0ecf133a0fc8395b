/**
 * Times as they are written in a language and a time zone.
 *
 * @module
 */

import { primaryLanguage } from "../domain/language.ts";

/**
 * A time with its day and the time zone's name, as readers of the locale write it: twelve or
 * twenty-four hours, the names of their language, digits as the counts beside it have them.
 *
 * @param time In milliseconds since 1970, UTC.
 * @param locale A language tag (BCP 47).
 * @param timeZones The first that this program knows counts, else UTC: a store may name any.
 */
export function localTime(time: number, locale: string, timeZones: readonly string[]): string {
  // Making a format takes far longer than using it.
  const key = [locale, ...timeZones].join(" ");
  let format = formats.get(key);
  if (!format) {
    format = timeFormat(SPOKEN[locale] ?? locale, timeZones);
    if (formats.size >= MOST_FORMATS) formats.clear();
    formats.set(key, format);
  }
  return format.format(time);
}

/**
 * The locale that times in a mail are written in: the first that is wanted and in the mail's
 * language, as its region writes them (`en-US`), else the language alone.
 */
export function timeLocale(language: string, wanted: readonly (string | undefined)[]): string {
  const primary = primaryLanguage(language);
  const own = wanted.find((tag) => tag !== undefined && primaryLanguage(tag) === primary);
  // Extensions of a tag (-u-) may ask for anything.
  return own === undefined ? language : new Intl.Locale(own).baseName;
}

// Without a region Intl takes the language's largest country. English is read everywhere, and
// "10:00 CET" is understood everywhere; who wants "10:00 AM GMT+1" has en-US.
const SPOKEN: Readonly<Record<string, string>> = { en: "en-GB" };

// Stores choose locales and time zones, so that there may be many.
const MOST_FORMATS = 500;
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
    // Some locales have another calendar, or digits that the mail's counts and links do not have.
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
