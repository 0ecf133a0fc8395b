/**
 * A clock that stands still until a test moves it.
 *
 * @module
 */

import type { Clock } from "../../../src/system/clock.ts";

/** Somebody who waits for a time. */
export interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time as a test decides it, in milliseconds since 1970, UTC. */
export class ManualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

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

  /** Sets the time and wakes nobody. */
  set(now: number): void {
    this.#now = now;
  }

  /** Resolves once the clock was moved so far, or when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { until: this.#now + Math.max(0, milliseconds), wake };
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
    for (const { wake } of this.due(this.#now)) wake();
  }

  /** Who has slept enough at that time, in the order of their times. */
  protected due(time = Infinity): Sleeper[] {
    return [...this.#sleepers].filter(({ until }) => until <= time)
      .sort((a, b) => a.until - b.until);
  }
}
