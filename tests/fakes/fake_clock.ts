import type { Clock } from "../../src/domain/clock.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();
  /** How many sleeps have begun: what polls betrays itself here. */
  sleeps = 0;

  constructor(now = Date.UTC(2027, 0, 4, 9, 30)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    this.sleeps++;
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { until: this.#now + Math.max(0, milliseconds), wake };
    const sleepers = this.#sleepers;
    function wake() {
      sleepers.delete(sleeper);
      signal?.removeEventListener("abort", wake);
      resolve();
    }
    sleepers.add(sleeper);
    signal?.addEventListener("abort", wake, { once: true });
    return promise;
  }

  /** How long each sleeper still sleeps, the shortest first. */
  pending(): number[] {
    return [...this.#sleepers].map(({ until }) => until - this.#now).sort((a, b) => a - b);
  }

  /** Moves the time on, and wakes whoever is due, one after the other, each at its time. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await idle();
    while (true) {
      const due = [...this.#sleepers].filter(({ until }) => until <= end);
      const next = due.sort((a, b) => a.until - b.until)[0];
      if (!next) break;
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      await idle();
    }
    this.#now = end;
    await idle();
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function idle(): Promise<void> {
  // A task comes after all microtasks, however long their chain.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
}
