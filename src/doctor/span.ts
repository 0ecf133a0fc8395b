/**
 * Writes spans of time for people.
 *
 * @module
 */

import { DAY, HOUR, MINUTE, SECOND } from "../settings/duration.ts";

/** A span in its largest unit, such as `20 days`, for any number of milliseconds. */
export function asSpan(milliseconds: number): string {
  for (const [unit, name] of [[DAY, "day"], [HOUR, "hour"], [MINUTE, "minute"]] as const) {
    // Up to two of a unit the smaller one says more.
    if (milliseconds >= 2 * unit) return count(milliseconds / unit, name);
  }
  return count(milliseconds / SECOND, "second");
}

function count(number: number, name: string): string {
  const whole = Math.floor(Math.max(0, number));
  return `${whole} ${name}${whole === 1 ? "" : "s"}`;
}
