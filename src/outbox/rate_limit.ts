/**
 * When a rate limit next admits an item.
 *
 * @module
 */

import type { Limit } from "../settings/duration.ts";
import type { LimitName } from "./work.ts";

/** The reason of rows that wait for a limit. */
export const LIMIT_REASON: Readonly<Record<LimitName, string>> = {
  address: "address limit",
  inviter: "inviter limit",
  server: "server limit",
};

/** A limit of which a part is kept for the homeserver's own inviters. */
export interface SharedLimit extends Limit {
  /** The part, from 0 to 1. Others get at least one place. */
  readonly ownShare: number;
}

/** When the n-th latest item took a slot, from 0; `undefined` when that is outside the window. */
export type NthLatest = (n: number) => number | undefined;

/** When one more item may take a slot, in milliseconds UTC; `undefined` when it may now. */
export function nextFree(
  limit: SharedLimit,
  own: boolean,
  taken: { readonly all: NthLatest; readonly strangers: NthLatest },
): number | undefined {
  const freed = [
    taken.all(limit.count - 1),
    ...own || limit.ownShare === 0 ? [] : [taken.strangers(strangersCount(limit) - 1)],
  ].filter((time) => time !== undefined);
  return freed.length === 0 ? undefined : Math.max(...freed) + limit.per;
}

function strangersCount({ count, ownShare }: SharedLimit): number {
  return Math.max(1, Math.floor(count * (1 - ownShare)));
}

/**
 * The times that count against a limit: later than `after`, and not later than `upTo`. Later times
 * were recorded while the clock was wrong, and would count for years.
 */
export function limitWindow(
  { per }: Limit,
  now: number,
): { readonly after: number; readonly upTo: number } {
  return { after: now - per, upTo: now + per };
}
