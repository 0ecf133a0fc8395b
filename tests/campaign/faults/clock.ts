/**
 * The clock of the service jumps while it sends.
 *
 * @module
 */

import type { Campaign } from "../fault.ts";
import { pause } from "../pause.ts";
import { choose } from "../seeded_random.ts";

const HOUR_S = 3600;
const JUMPS_S = { "2 days on": 48 * HOUR_S, "1 hour on": HOUR_S, "1 hour back": -HOUR_S };
const RUN_MS = 1_000;

/** Moves the clock, and kills the service once with the new time. */
export async function jumpClock({ clock, ledger, random, service }: Campaign): Promise<string> {
  const [what, seconds] = choose(random, Object.entries(JUMPS_S));
  const from = Date.now();
  await clock.move(seconds);
  await pause(RUN_MS);
  await service.killAndStart();
  if (seconds < 0) {
    // What had been stored before may be done an hour late: that hour passes now.
    await clock.move(-seconds);
    ledger.until(ledger.excused, from);
  }
  return what;
}
