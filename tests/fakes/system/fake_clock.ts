import { setImmediate } from "node:timers";
import { isLettingOthersIn } from "../../../src/system/let_others_in.ts";
import { ManualClock } from "./manual_clock.ts";

/** A manual clock that lets the program run while it advances. */
export class FakeClock extends ManualClock {
  /** The number of sleeps so far, which shows polling. */
  sleeps = 0;

  constructor(now = Date.UTC(2027, 0, 4, 9, 30)) {
    super(now);
  }

  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (!signal?.aborted) this.sleeps++;
    return super.sleep(milliseconds, signal);
  }

  /** The remaining time of each sleeper in milliseconds, the shortest first. */
  pending(): number[] {
    return this.due().map(({ until }) => until - this.now());
  }

  /** Advances the clock and wakes the sleepers one after the other, each at its time. */
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

// More pauses than any work makes that has an end.
const MAX_PAUSES = 10_000;

/** Lets everything run that is ready to run, also what lets others in meanwhile. */
export async function idle(): Promise<void> {
  // A task runs after all microtasks, however long their chain is. A timer would take two milliseconds.
  await new Promise((resolve) => setImmediate(resolve));
  for (let pause = 0; isLettingOthersIn() && pause < MAX_PAUSES; pause++) {
    await new Promise((resolve) => setTimeout(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
