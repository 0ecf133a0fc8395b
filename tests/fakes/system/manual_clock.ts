/**
 * A clock that a test advances.
 *
 * @module
 */

import type { Clock } from "../../../src/system/clock.ts";

/** A pending sleep. */
export interface Sleeper {
  until: number;
  readonly wake: () => void;
}

/** A clock that only a test changes, in milliseconds since 1970, UTC. */
export class ManualClock implements Clock {
  #now: number;
  #jumped = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** The number of pending sleeps. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#jumped;
  }

  /** Sets the machine's clock, while no time passes. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
    this.#jumped += milliseconds;
    for (const sleeper of this.#sleepers) sleeper.until += milliseconds;
  }

  /** Sets the time without waking sleepers. */
  set(now: number): void {
    this.#now = now;
  }

  /** Resolves when the clock has advanced this far, or when the signal is aborted. */
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

  /** Advances the clock and wakes the sleepers that are due, in the order of their times. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const { wake } of this.due(this.#now)) wake();
  }

  /** The sleepers that are due at a time, in the order of their times. */
  protected due(time = Infinity): Sleeper[] {
    return [...this.#sleepers].filter(({ until }) => until <= time)
      .sort((a, b) => a.until - b.until);
  }
}
