/**
 * Writes points in time for people.
 *
 * @module
 */

import { DAY, HOUR, MINUTE, SECOND } from "../../settings/duration.ts";

const MAX_TIME_MS = 8.64e15; // the last one that a Date can hold

/** A time in milliseconds UTC, such as `2026-11-27T14:02:11Z`. */
export function asTime(at: number): string {
  if (!(Math.abs(at) <= MAX_TIME_MS)) return "an unknown time";
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A span in milliseconds, in its largest unit, such as `5 min`. */
export function asSpan(milliseconds: number): string {
  const units = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [SECOND, "s"]] as const;
  for (const [length, unit] of units) {
    if (milliseconds >= 2 * length) return `${Math.floor(milliseconds / length)} ${unit}`;
  }
  return `${Math.max(0, Math.floor(milliseconds / SECOND))} s`;
}
