/**
 * Lets the services of an older program finish what they hold before a newer one changes the tables.
 *
 * The newer one announces itself, for a few seconds at a time, in case it dies. The older ones see that
 * when they check the outbox, and end as if they were asked to stop: an email that they are sending is
 * settled by them, and not sent again by others.
 *
 * @module
 */

import { SECOND } from "../../settings/duration.ts";
import { OutboxError } from "../port.ts";
import type { Engine } from "../sql/engine.ts";
import { claimedRows } from "../sql/leases.ts";
import { deleteMeta, readMetaText, storeMetaText } from "../sql/meta.ts";
import type { Steps } from "../sql/steps.ts";
import { parseObject } from "../stored_row.ts";
import { SCHEMA_VERSION } from "./tables.ts";

const UPGRADE = "upgrade";
const ANNOUNCED_MS = 10 * SECOND;

/** Announces that this program is going to change the tables; the caller opens the transaction. */
export function* announceUpgrade(database: Engine, now: number): Steps<void> {
  const announced = { version: SCHEMA_VERSION, until: now + ANNOUNCED_MS };
  yield* storeMetaText(database, UPGRADE, JSON.stringify(announced));
}

/** Ends the announcement; the caller opens the transaction. */
export function* endUpgrade(database: Engine): Steps<void> {
  yield* deleteMeta(database, UPGRADE);
}

/**
 * Refuses to go on while a newer program waits to change the tables.
 *
 * @throws {OutboxError} `refused`, if one does.
 */
export function* refuseUpgrade(database: Engine, now: number): Steps<void> {
  const { version, until } = parseObject(yield* readMetaText(database, UPGRADE)) ?? {};
  if (typeof version !== "number" || version <= SCHEMA_VERSION) return;
  if (typeof until !== "number" || until <= now) return;
  throw new OutboxError(
    "refused",
    `a newer program changes the tables to version ${version}, but this program knows versions up to ` +
      `${SCHEMA_VERSION}: use the newer program`,
  );
}

/** Whether a service holds an invitation or an email. */
export function* isAnythingHeld(database: Engine, now: number): Steps<boolean> {
  for (const work of ["invitations", "mails"] as const) {
    const held = yield* database.get(
      `SELECT 1 AS found FROM ${work} WHERE ${claimedRows(work)} AND lease_until > ? LIMIT 1`,
      now,
    );
    if (held) return true;
  }
  return false;
}
