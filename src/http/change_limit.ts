/**
 * Limits how often a link is used to change something, so that whoever has one link cannot fill the
 * log and the disk.
 *
 * @module
 */

import { HOUR } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";

/** Counts changes. */
export interface ChangeLimit {
  /** Counts a change by a link; the milliseconds to wait when there have been too many, else 0. */
  count(link: number): number;
}

const MAX_CHANGES = 20;
// The links that were used longest ago are forgotten first.
const MAX_LINKS = 10_000;

/** Allows 20 changes for each link and hour. */
export function limitChanges(clock: Pick<Clock, "now">): ChangeLimit {
  const links = new Map<number, { changes: number; readonly until: number }>();
  return {
    count(link) {
      const now = clock.now();
      let hour = links.get(link);
      // A clock that was set back must not lock a link for longer than an hour.
      if (hour === undefined || now >= hour.until || now < hour.until - HOUR) {
        hour = { changes: 0, until: now + HOUR };
      }
      links.delete(link);
      links.set(link, hour);
      const [oldest] = links.keys();
      if (links.size > MAX_LINKS && oldest !== undefined) links.delete(oldest);
      if (hour.changes >= MAX_CHANGES) return hour.until - now;
      hour.changes++;
      return 0;
    },
  };
}
