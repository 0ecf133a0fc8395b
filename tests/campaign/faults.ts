/**
 * The faults of a campaign by kind, and their order.
 *
 * @module
 */

import type { Fault } from "./fault.ts";
import { pushLargeBody } from "./faults/body.ts";
import { jumpClock } from "./faults/clock.ts";
import { databaseFails } from "./faults/database.ts";
import { loseFiles } from "./faults/files.ts";
import { hangAfterData } from "./faults/hang.ts";
import { stopIdentityStore, stopMailServer } from "./faults/outages.ts";
import { killAtPoint, suspendProcess, takeDescriptors, takeMemory } from "./faults/process.ts";
import { holdLog } from "./faults/reader.ts";
import { damageRow } from "./faults/row.ts";
import type { Kind } from "./kinds.ts";
import { shuffled } from "./seeded_random.ts";

/** What causes each kind. */
export const FAULTS: Readonly<Record<Kind, Fault>> = {
  files: loseFiles,
  row: damageRow,
  server: databaseFails("server"),
  readonly: databaseFails("readonly"),
  connections: databaseFails("connections"),
  locked: databaseFails("locked"),
  disk: databaseFails("disk"),
  point: killAtPoint,
  clock: jumpClock,
  pause: suspendProcess,
  descriptors: takeDescriptors,
  memory: takeMemory,
  mail: stopMailServer,
  store: stopIdentityStore,
  hang: hangAfterData,
  reader: holdLog,
  body: pushLargeBody,
};

/** The kinds again and again, each time all of them in another order. */
export function* scheduleOf(kinds: readonly Kind[], random: () => number): Generator<Kind, never> {
  while (true) yield* shuffled(random, kinds);
}
