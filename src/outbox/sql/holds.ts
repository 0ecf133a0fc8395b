/**
 * What everything waits for.
 *
 * @module
 */

import type { Holds, Outage } from "../records.ts";
import { parseObject } from "../stored_row.ts";
import type { Work } from "../work.ts";
import type { Engine } from "./engine.ts";
import { deleteMeta, readMetaText, readMetaTime, storeMetaText } from "./meta.ts";
import type { Steps } from "./steps.ts";

const CATCHING_UP = "catching up";

/** What everything waits for. */
export function* readHolds(database: Engine): Steps<Holds> {
  return {
    catchingUp: yield* readCatchingUp(database),
    outages: {
      invitations: yield* readOutage(database, "invitations"),
      mails: yield* readOutage(database, "mails"),
    },
  };
}

/** Since when the homeserver is catching up, in milliseconds UTC; `undefined` if it is not. */
export function* readCatchingUp(database: Engine): Steps<number | undefined> {
  return yield* readMetaTime(database, CATCHING_UP);
}

/** Stores that; the caller opens the transaction. */
export function* storeCatchingUp(database: Engine, since: number | undefined): Steps<void> {
  if (since === undefined) yield* deleteMeta(database, CATCHING_UP);
  else yield* storeMetaText(database, CATCHING_UP, `${since}`);
}

function* readOutage(database: Engine, work: Work): Steps<Outage | undefined> {
  const stored = yield* readMetaText(database, outageKey(work));
  const { since, probeAt, reason } = parseObject(stored) ?? {};
  return typeof since === "number" && typeof probeAt === "number"
    ? { since, probeAt, reason: String(reason) }
    : undefined;
}

/** Stores an outage, or that there is none; the caller opens the transaction. */
export function* storeOutage(
  database: Engine,
  work: Work,
  outage: Outage | undefined,
): Steps<void> {
  if (outage === undefined) yield* deleteMeta(database, outageKey(work));
  else yield* storeMetaText(database, outageKey(work), JSON.stringify(outage));
}

function outageKey(work: Work): string {
  return `outage of ${work}`;
}
