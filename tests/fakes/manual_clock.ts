/**
 * A clock that stands still until a test moves it.
 *
 * @module
 */

import type { Clock } from "../../src/domain/clock.ts";

/** Time as a test decides it, in milliseconds since 1970, UTC. */
export class ManualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  /** Starts at that time. */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** How many are asleep. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  /** The time now. */
  now(): number {
    return this.#now;
  }

  /** Resolves once the clock was moved so far, or when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { until: this.#now + milliseconds, wake };
    this.#sleepers.add(sleeper);
    signal?.addEventListener("abort", wake, { once: true });
    const sleepers = this.#sleepers;
    function wake() {
      sleepers.delete(sleeper);
      signal?.removeEventListener("abort", wake);
      resolve();
    }
    return promise;
  }

  /** Moves the clock, and wakes whoever has slept enough, in the order of their times. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
    const due = [...this.#sleepers].filter((sleeper) => sleeper.until <= this.#now);
    for (const sleeper of due.sort((a, b) => a.until - b.until)) sleeper.wake();
  }
}
