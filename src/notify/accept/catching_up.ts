/**
 * Decides whether the homeserver is catching up: whether it sends what happened during a downtime. Pure.
 *
 * Times are those of a clock that cannot be set, in milliseconds.
 *
 * @module
 */

import { MINUTE, SECOND } from "../../settings/duration.ts";

/** An event of the homeserver's own people that is older than that when it arrives is late. */
export const MAX_FRESH_AGE_MS: number = 2 * MINUTE;
/** How long the homeserver is quiet when it has sent everything. */
export const QUIET_MS: number = MINUTE;
/** The longest that a homeserver is waited for. */
export const MAX_CATCHING_UP_MS: number = 30 * MINUTE;
/** How long a start waits for the first transaction. */
export const START_WAIT_MS: number = 10 * SECOND;

/** Whether the homeserver is catching up. */
export type CatchingUp =
  | { readonly kind: "no" }
  /** The service has just started after a downtime: the homeserver may have kept events for it. */
  | { readonly kind: "starting"; readonly until: number }
  /** What is pending waits: the answer may follow. */
  | { readonly kind: "yes"; readonly since: number; readonly quietAt: number }
  /** It is, but that takes too long: what is pending is worked on. */
  | { readonly kind: "given up"; readonly quietAt: number };

/** Nothing waits. */
export const NOT_CATCHING_UP: CatchingUp = { kind: "no" };

/**
 * The state at a time: a homeserver that has been quiet is no longer catching up, and one that takes
 * too long is not waited for.
 */
export function atTime(state: CatchingUp, now: number): CatchingUp {
  switch (state.kind) {
    case "no":
      return state;
    case "starting":
      return now < state.until ? state : NOT_CATCHING_UP;
    case "yes":
      if (now >= state.quietAt) return NOT_CATCHING_UP;
      return now < state.since + MAX_CATCHING_UP_MS
        ? state
        : { kind: "given up", quietAt: state.quietAt };
    case "given up":
      return now < state.quietAt ? state : NOT_CATCHING_UP;
  }
}

/**
 * The state after a transaction.
 *
 * @param newestAge The age of the newest event of the homeserver's own people in it, in milliseconds;
 * `undefined` if it has none. Others say nothing: their servers may be late, or their clocks wrong.
 */
export function afterTransaction(
  state: CatchingUp,
  newestAge: number | undefined,
  now: number,
): CatchingUp {
  const current = atTime(state, now);
  const quietAt = now + QUIET_MS;
  if (newestAge === undefined) {
    return current.kind === "yes" || current.kind === "given up"
      ? { ...current, quietAt }
      : current;
  }
  if (newestAge <= MAX_FRESH_AGE_MS) return NOT_CATCHING_UP;
  switch (current.kind) {
    case "no":
    case "starting":
      return { kind: "yes", since: now, quietAt };
    case "yes":
    case "given up":
      return { ...current, quietAt };
  }
}

/** For how long what is pending waits if nothing more arrives; `undefined` if it need not wait. */
export function waitsFor(state: CatchingUp, now: number): number | undefined {
  const current = atTime(state, now);
  switch (current.kind) {
    case "starting":
      return current.until - now;
    case "yes":
      return Math.min(current.quietAt, current.since + MAX_CATCHING_UP_MS) - now;
    default:
      return undefined;
  }
}
