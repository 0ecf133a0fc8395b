/**
 * The database cannot be used for a while.
 *
 * @module
 */

import type { OutageKind } from "../database.ts";
import type { Campaign, Fault } from "../fault.ts";
import { pause } from "../pause.ts";
import { choose } from "../seeded_random.ts";

const MAX_OUTAGE_MS = 2_000;

/** One of the database's outages of a kind; every other time a process is killed meanwhile. */
export function databaseFails(kind: OutageKind): Fault {
  return async ({ database, ledger, random, service }: Campaign) => {
    const [what, begin] = choose(random, Object.entries(database.outages[kind] ?? {}));
    const kills = random() < 0.5;
    const from = Date.now();
    {
      await using _outage = await begin();
      await pause(random() * MAX_OUTAGE_MS);
      // None can start before it is over.
      if (kills) await service.kill();
      await pause(random() * MAX_OUTAGE_MS);
    }
    await service.start();
    ledger.until(ledger.excused, from);
    return kills ? `${what}, with a kill` : what;
  };
}
