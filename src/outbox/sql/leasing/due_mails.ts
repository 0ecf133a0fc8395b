/**
 * Keeps invitations waiting while enough mails are due.
 *
 * @module
 */

import type { Engine } from "../engine.ts";
import { waitingRows } from "../leases.ts";
import type { Steps } from "../steps.ts";

/** How many invitations may become mails that are due. */
export interface MostUndelivered {
  /** Of any inviter. */
  readonly own: number;
  /** Of others than own inviters. */
  readonly strangers: number;
}

/**
 * How many invitations may be claimed until so many mails are due: strangers' mails count against
 * strangers' invitations alone.
 */
export function* mostUndelivered(
  database: Engine,
  maxDueMails: number | undefined,
  now: number,
): Steps<MostUndelivered> {
  if (maxDueMails === undefined) return { own: Infinity, strangers: Infinity };
  function* leftOf(own: number, most: number): Steps<number> {
    if (most <= 0) return 0;
    const row = yield* database.get(
      `SELECT count(*) AS count FROM (SELECT 1 AS due FROM mails
         WHERE ${waitingRows("mails")} AND own = ? AND due_at <= ? LIMIT ?) AS due`,
      own,
      now,
      most,
    );
    return most - Number(row?.count);
  }
  const own = yield* leftOf(1, maxDueMails);
  return { own, strangers: yield* leftOf(0, own) };
}
