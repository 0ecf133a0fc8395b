/**
 * Compares this machine's clock with the homeserver's.
 *
 * @module
 */

import type { VersionsResult } from "../matrix/port.ts";
import { MINUTE, SECOND } from "../settings/duration.ts";
import { type Check, error, ok, skipped, warning } from "./finding.ts";
import { asSpan } from "./span.ts";

const NAME = "this machine's clock";
const MAX_DIFFERENCE_MS = MINUTE;
const MAX_TOLERABLE_MS = 30 * MINUTE;

/**
 * Compares the clocks.
 *
 * @param now The time when the response arrived, in milliseconds UTC.
 */
export function checkClock(versions: VersionsResult, now: number): Check {
  if (versions.kind === "failed") return skipped(NAME, "the homeserver does not say its time");
  if (versions.date === undefined) return skipped(NAME, "the homeserver's responses have no time");
  // The homeserver's is in full seconds.
  const difference = Math.max(0, Math.abs(now - versions.date) - SECOND);
  if (difference <= MAX_DIFFERENCE_MS) return ok(NAME, "it agrees with the homeserver's");
  const seen = `it is ${asSpan(difference)} ${
    now > versions.date ? "ahead of" : "behind"
  } the homeserver's`;
  const remedy =
    "Set the clock of the machine that is wrong, by NTP: the age of invites, quiet hours " +
    "and reminders are reckoned by both.";
  return difference > MAX_TOLERABLE_MS ? error(NAME, seen, remedy) : warning(NAME, seen, remedy);
}
