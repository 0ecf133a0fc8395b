import { ManualClock } from "./manual_clock.ts";

/** A manual clock for programs that run while it is moved. */
export class FakeClock extends ManualClock {
  /** How many sleeps have begun: what polls betrays itself here. */
  sleeps = 0;

  constructor(now = Date.UTC(2027, 0, 4, 9, 30)) {
    super(now);
  }

  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (!signal?.aborted) this.sleeps++;
    return super.sleep(milliseconds, signal);
  }

  /** How long each sleeper still sleeps, the shortest first. */
  pending(): number[] {
    return this.due().map(({ until }) => until - this.now());
  }

  /** Moves the time on, and wakes whoever is due, one after the other, each at its time. */
  override async advance(milliseconds: number): Promise<void> {
    const end = this.now() + milliseconds;
    await idle();
    for (let [next] = this.due(end); next; [next] = this.due(end)) {
      this.set(Math.max(this.now(), next.until));
      next.wake();
      await idle();
    }
    this.set(end);
    await idle();
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function idle(): Promise<void> {
  // A task comes after all microtasks, however long their chain.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
}
