/**
 * Limits how many bodies from strangers are read at once, and for how long: each takes memory.
 *
 * @module
 */

import { startTimer } from "../net/timeout.ts";
import type { Clock } from "../system/clock.ts";

/** Bodies that are being read. */
export interface OpenBodies {
  /**
   * Counts one more body until the result is disposed of; `undefined` when there are too many. The
   * oldest one has to make room if it is slow: an honest client's body is complete within a moment, and
   * slow ones must not keep others out.
   */
  begin(): OpenBody | undefined;
}

/** A body that is being read. */
export interface OpenBody extends Disposable {
  /** Aborted when the body has to end. */
  readonly signal: AbortSignal;
}

/** How many bodies may be open, and for how long. */
export interface BodyLimits {
  readonly max: number;
  /** The time after which a body has to end, in milliseconds. */
  readonly maxMs: number;
  /** The time after which a body has to make room, in milliseconds. */
  readonly slowMs: number;
  readonly clock: Clock;
}

/** Allows as many open bodies as the limits say. */
export function limitOpenBodies({ max, maxMs, slowMs, clock }: BodyLimits): OpenBodies {
  // By their ends, the oldest first, with the time at which they began.
  const open = new Map<AbortController, number>();
  return {
    begin() {
      if (open.size >= max && !makeRoom()) return undefined;
      const end = new AbortController();
      open.set(end, clock.now());
      const timer = startTimer(clock, maxMs, () => end.abort());
      return {
        signal: end.signal,
        [Symbol.dispose]() {
          open.delete(end);
          timer[Symbol.dispose]();
        },
      };
    },
  };

  function makeRoom(): boolean {
    for (const [oldest, since] of open) {
      if (clock.now() - since < slowMs) return false;
      open.delete(oldest);
      oldest.abort();
      return true;
    }
    return false;
  }
}
