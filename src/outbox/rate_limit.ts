/**
 * When a rate limit next admits an item.
 *
 * @module
 */

import type { Limit } from "../settings/duration.ts";
import type { Work } from "./port.ts";

/** The reason of rows that wait for the limit of their inviter or address. */
export const LIMIT_REASON: Readonly<Record<Work, string>> = {
  invitations: "inviter limit",
  mails: "address limit",
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
    ...own ? [] : [taken.strangers(strangersCount(limit) - 1)],
  ].filter((time) => time !== undefined);
  return freed.length === 0 ? undefined : Math.max(...freed) + limit.per;
}

function strangersCount({ count, ownShare }: SharedLimit): number {
  return Math.max(1, Math.floor(count * (1 - ownShare)));
}

/** What counts against a limit. */
export interface Traffic {
  /** How many items are being sent right now: two workers must not both take the last slot. */
  readonly inFlight: number;
  /** When the n-th latest item was sent, from 0; `undefined` when that is outside the window. */
  readonly nthLatest: (n: number) => number | undefined;
  /** How many items wait before this one. */
  readonly ahead: () => number;
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

/**
 * When one more item may be sent, in milliseconds UTC; `undefined` when it may be sent now. Each
 * item that waits gets a time of its own, so that they do not all come back at once.
 */
export function slotAfter(limit: Limit, traffic: Traffic, now: number): number | undefined {
  const { inFlight } = traffic;
  const nthLatest = (n: number) => n < inFlight ? now : traffic.nthLatest(n - inFlight);
  if (nthLatest(limit.count - 1) === undefined) return undefined;
  const ahead = traffic.ahead();
  // The slot that becomes free first is taken first, and is free again one span later.
  const freed = nthLatest(limit.count - 1 - ahead % limit.count);
  const spans = 1 + Math.floor(ahead / limit.count);
  return freed === undefined ? undefined : freed + spans * limit.per;
}
