/**
 * When a rate limit next admits an item.
 *
 * @module
 */

import type { Limit } from "../settings/duration.ts";
import type { Asking } from "./asking.ts";

/** A limit of which a part is kept for the homeserver's own inviters. */
export interface SharedLimit extends Limit {
  /** The part, from 0 to 1. Others get at least one place. */
  readonly ownShare: number;
}

/** Where an item waits for a limit. */
export interface Place {
  /** When the limit next has a free slot, in milliseconds UTC. */
  readonly wakeAt: number;
  /** Its turn: see {@linkcode turnOf}. */
  readonly turn: number;
}

/** The slot that the n-th latest item took, from 0, of all items or of those of others than own inviters. */
export interface TakenSlot {
  readonly of: "all" | "strangers";
  readonly nth: number;
}

/**
 * When one more item may take a slot, in milliseconds UTC; `undefined` when it may now. Asks when slots
 * were taken; the answer is `undefined` for one outside the window.
 */
export function* nextFree(
  limit: SharedLimit,
  own: boolean,
): Asking<TakenSlot, number | undefined, number | undefined> {
  const freed = [yield { of: "all", nth: limit.count - 1 }];
  if (!own && limit.ownShare > 0) {
    freed.push(yield { of: "strangers", nth: strangersCount(limit) - 1 });
  }
  const times = freed.filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times) + limit.per;
}

/** What the turn of an item depends on that has to wait for a limit, of others than own inviters. */
export interface TurnFacts {
  /** How many such items have had their turn since some began to wait. */
  readonly served: number;
  /** How many of the inviter's server have a slot. */
  readonly had: number;
  /** The last turn of an item of the inviter's server that waits; `undefined` if none does. */
  readonly last?: number | undefined;
}

/**
 * The turn of an item among those that wait for one limit: the smallest goes first. Servers that had few
 * slots go before those that had many. Each slot counts as many turns as the limit has slots, so that
 * whatever comes later, also from ever new servers, is behind in the end.
 */
export function turnOf({ count }: Limit, { served, had, last }: TurnFacts): number {
  return last === undefined ? served + had * count : Math.max(served, last + count);
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
