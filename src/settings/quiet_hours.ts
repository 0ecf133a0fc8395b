/**
 * Computes when quiet hours end: a pure function of the settings, the time zone and the time.
 *
 * @module
 */

import { DAY, MINUTE } from "./duration.ts";

/** The days of the week, as the settings name them. */
export const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** A day of the week. */
export type Weekday = typeof WEEKDAYS[number];

/** When no mails are sent, in a person's local time. */
export interface QuietHours {
  /** Every day from the first time to the second, in minutes after midnight; it may span midnight. */
  readonly daily?: { readonly from: number; readonly to: number } | undefined;
  /** Days that are quiet from midnight to midnight. */
  readonly days: readonly Weekday[];
  /** The time zone of people whose own is not known. */
  readonly timeZone: string;
}

// Less than any time between quiet hours: the settings leave two hours, of which one may be left out.
const STEP_MS = 10 * MINUTE;
/** How long quiet hours can last, in milliseconds: six days and a night are shorter. */
export const MAX_QUIET_MS: number = 8 * DAY;

/**
 * When the quiet hours end that a time is in, in milliseconds UTC; `undefined` if it is in none. It
 * follows the clock on the wall: a night in which it is set is shorter or longer.
 *
 * @param timeZones The first one that Intl knows counts, else that of the settings.
 */
export function quietUntil(
  quiet: QuietHours,
  now: number,
  timeZones: readonly (string | undefined)[],
): number | undefined {
  const format = wallClock([...timeZones, quiet.timeZone]);
  if (!isQuiet(quiet, format, now)) return undefined;
  // From a full minute, as wall clocks are set by whole minutes.
  let end = Math.floor(now / MINUTE) * MINUTE;
  const last = end + MAX_QUIET_MS;
  while (end < last && isQuiet(quiet, format, end + STEP_MS)) end += STEP_MS;
  while (end < last && isQuiet(quiet, format, end)) end += MINUTE;
  return end;
}

function isQuiet({ daily, days }: QuietHours, format: Intl.DateTimeFormat, at: number): boolean {
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const weekday = parts.get("weekday")?.toLowerCase();
  if (days.some((day) => day === weekday)) return true;
  if (daily === undefined) return false;
  const minutes = Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
  return daily.from < daily.to
    ? minutes >= daily.from && minutes < daily.to
    : minutes >= daily.from || minutes < daily.to;
}

// Stores return any text, and making a format takes far longer than using it.
const MAX_FORMATS = 500;
const formats = new Map<string, Intl.DateTimeFormat | undefined>();

function wallClock(timeZones: readonly (string | undefined)[]): Intl.DateTimeFormat {
  for (const timeZone of timeZones) {
    const format = timeZone === undefined ? undefined : formatIn(timeZone);
    if (format) return format;
  }
  throw new TypeError("no time zone is known");
}

function formatIn(timeZone: string): Intl.DateTimeFormat | undefined {
  if (formats.has(timeZone)) return formats.get(timeZone);
  if (formats.size >= MAX_FORMATS) formats.clear();
  const format = newFormat(timeZone);
  formats.set(timeZone, format);
  return format;
}

function newFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  const fields = {
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { ...fields, timeZone });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
