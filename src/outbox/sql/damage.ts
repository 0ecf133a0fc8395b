/**
 * Sets damaged rows aside, so that one of them never keeps the others from being worked on.
 *
 * @module
 */

import { openLog } from "../../system/log_events.ts";
import type { Work } from "../port.ts";
import { setAside } from "../set_aside.ts";
import { DamagedRowError } from "../stored_row.ts";
import { applyWrites } from "./apply.ts";
import type { Engine } from "./engine.ts";
import { atOnce, type Steps } from "./steps.ts";

const log = openLog("outbox");

/**
 * Works on one row. A row that cannot be read ends, and stays in the database for the administrator.
 * After any other error of the row it is skipped until the next start. The caller opens the
 * transaction.
 *
 * @returns `undefined` if the row was set aside or skipped.
 * @throws The errors of the database that are not about the row.
 */
export function* guardRow<Result>(
  database: Engine,
  work: Work,
  id: number,
  now: number,
  task: () => Steps<Result>,
): Steps<Result | undefined> {
  try {
    return yield* database.part(task);
  } catch (error) {
    if (database.isDatabaseError(error)) throw error;
    if (
      !(error instanceof DamagedRowError) || !(yield* isSetAside(database, work, id, now, error))
    ) {
      database.skipped[work].add(id);
    }
    logDamage(work, id, error);
    return undefined;
  }
}

/** Parses a row, and ends it if it is damaged, as {@linkcode guardRow} does. */
export function* guardParsing<Result>(
  database: Engine,
  work: Work,
  id: number,
  now: number,
  parse: () => Result,
): Steps<Result | undefined> {
  try {
    return parse();
  } catch (error) {
    return yield* guardRow(database, work, id, now, () =>
      atOnce(() => {
        throw error;
      }));
  }
}

/** Logs that a row cannot be used. */
export function logDamage(table: string, row: number, error: unknown): void {
  if (error instanceof DamagedRowError) {
    const { table, id, column, problem } = error;
    log.error("damaged row set aside", { table, row: id, column, problem });
  } else {
    log.error("row skipped", { table, row, error });
  }
}

function* isSetAside(
  database: Engine,
  work: Work,
  id: number,
  now: number,
  damage: DamagedRowError,
): Steps<boolean> {
  try {
    yield* database.part(() => applyWrites(database, setAside(work, id, damage, now)));
    return true;
  } catch (error) {
    if (database.isDatabaseError(error)) throw error;
    return false;
  }
}
