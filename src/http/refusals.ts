/**
 * Logs refused requests without letting strangers fill the log.
 *
 * @module
 */

import { MINUTE } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";

const log = openLog("http");

/** What is logged about a refused request: neither its token nor its path. */
export interface Refusal {
  readonly reason: string;
  /** The HTTP method. */
  readonly method: string;
}

/** Returns a function that logs refused requests, once a minute with their number. */
export function openRefusalLog(clock: Pick<Clock, "now">): (refusal: Refusal) => void {
  let count = 0;
  let quietUntil = 0;
  return (refusal) => {
    count++;
    const now = clock.now();
    if (now < quietUntil) return;
    log.warn("request refused", { ...refusal, count });
    count = 0;
    quietUntil = now + MINUTE;
  };
}
