/**
 * The section `monitoring`: who is told that the service does its work.
 *
 * @module
 */

import { MINUTE } from "../../settings/duration.ts";
import { durationWithin, filledSecret } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

const MAX_INTERVAL_MS = 24 * 60 * MINUTE;

/** The section `monitoring`. */
export const monitoringSection = section("Who is told that the service does its work.", {
  ping: filledSecret().optional().meta({ examples: ["{ file: ping_url }"] }).describe(
    "A URL of a service that raises an alarm when it is no longer asked, such as healthchecks.io. " +
      "It is asked while emails go out, and not when they do not.",
  ),
  pingEvery: durationWithin(MINUTE, MAX_INTERVAL_MS).prefault("5m").describe(
    "How often monitoring.ping is asked.",
  ),
  maxDelay: durationWithin(MINUTE, MAX_INTERVAL_MS).prefault("15m").describe(
    "How long invitations and emails that are due may wait before /readyz/delivery says so, and " +
      "before monitoring.ping is no longer asked.",
  ),
});
