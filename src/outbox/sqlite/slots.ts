/**
 * Finds when the limits per inviter and per address next admit a row, in SQLite.
 *
 * @module
 */

import type { Limit } from "../../settings/duration.ts";
import type { Work } from "../port.ts";
import { LIMIT_REASON, limitWindow, slotAfter } from "../rate_limit.ts";
import type { Database } from "./database.ts";

interface Limited {
  /** The column whose values have a limit each. */
  readonly key: string;
  /** The column with the time from which a row counts. */
  readonly countsFrom: string;
  /** Selects the rows that wait for the limit. */
  readonly waiting: string;
  /** Selects the rows that count although they have no such time yet. */
  readonly inFlight?: string | undefined;
}

// The conditions are those of the partial indexes.
const LIMITED: Readonly<Record<Work, Limited>> = {
  invitations: {
    key: "inviter",
    countsFrom: "resolved_at",
    waiting: `state = 'pending' AND reason = '${LIMIT_REASON.invitations}'`,
  },
  mails: {
    key: "address_key",
    countsFrom: "sent_at",
    waiting: `state = 'queued' AND reason = '${LIMIT_REASON.mails}'`,
    inFlight: "state = 'sending'",
  },
};

/** When a row's limit next admits it, in milliseconds UTC; `undefined` if it does now. */
export function nextSlot(
  database: Database,
  work: Work,
  id: number,
  limit: Limit,
  now: number,
): number | undefined {
  const { key, countsFrom, waiting, inFlight } = LIMITED[work];
  // The key is compared in the database: node:sqlite ends a text at a NUL character.
  const sameKey = `${key} = (SELECT ${key} FROM ${work} WHERE id = ?)`;
  const count = (condition: string, ...values: number[]) =>
    database.get(`SELECT count(*) AS n FROM ${work} WHERE ${condition}`, ...values)?.n as number;
  const { after, upTo } = limitWindow(limit, now);
  return slotAfter(limit, {
    inFlight: inFlight === undefined ? 0 : count(`${sameKey} AND ${inFlight}`, id),
    nthLatest: (n) =>
      database.get(
        `SELECT ${countsFrom} AS at FROM ${work}
         WHERE ${sameKey} AND ${countsFrom} > ? AND ${countsFrom} <= ?
         ORDER BY ${countsFrom} DESC LIMIT 1 OFFSET ?`,
        id,
        after,
        upTo,
        n,
      )?.at as number | undefined,
    ahead: () => count(`${sameKey} AND id < ? AND ${waiting}`, id, id),
  }, now);
}
