/**
 * The loop that works on what is due.
 *
 * @module
 */

import { type Outbox, OutboxError, type Work } from "../outbox/port.ts";
import { MINUTE, SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";

const log = openLog("worker");

// Between attempts while the database does not answer.
const DATABASE_PAUSE = 2 * SECOND;
// Keeps a loop that finds nothing although something is due from spinning.
const SHORTEST_PAUSE = 20;
// Timers do not notice that the machine's clock was set: one that starts without a battery believes
// for a while that everything is due in years.
const LONGEST_PAUSE = 10 * MINUTE;

/** What a worker needs. */
export interface WorkerOptions<Item> {
  /** What it works on. */
  readonly work: Work;
  /** Where the work is. */
  readonly outbox: Pick<Outbox, "nextDue" | "onWork">;
  /** The time. */
  readonly clock: Clock;
  /** How many items it works on at the same time. */
  readonly concurrency: number;
  /** Leases up to so many items. */
  readonly claim: (count: number) => Promise<readonly Item[]>;
  /** Works on one item and settles it. */
  readonly handle: (item: Item) => Promise<void>;
}

/**
 * Works until the signal is aborted: it then claims no more, and resolves when what is in flight has
 * been settled. It is woken by commits and by the time, not by polling.
 */
export async function runWorker<Item>(
  options: WorkerOptions<Item>,
  signal: AbortSignal,
): Promise<void> {
  const { work, outbox, clock, concurrency } = options;
  const running = new Set<Promise<void>>();
  let wakeUp = Promise.withResolvers<void>();
  const wake = () => wakeUp.resolve();
  const unsubscribe = outbox.onWork(wake);
  signal.addEventListener("abort", wake, { once: true });

  function start(item: Item): void {
    const task = Promise.try(options.handle, item).catch((error: unknown) => {
      // The lease runs out, and then somebody tries again.
      log.error("work failed", { work, error });
    }).finally(() => {
      running.delete(task);
      wake();
    });
    running.add(task);
  }

  // How long there is nothing to do, unless it is woken; `undefined` means until woken.
  async function round(): Promise<number | undefined> {
    const free = concurrency - running.size;
    if (free === 0) return undefined;
    const items = await options.claim(free);
    items.forEach(start);
    // There may be more, for whoever is done first.
    if (items.length === free) return undefined;
    const due = await outbox.nextDue(work);
    if (due === undefined) return undefined;
    return Math.min(Math.max(due - clock.now(), SHORTEST_PAUSE), LONGEST_PAUSE);
  }

  try {
    while (!signal.aborted) {
      wakeUp = Promise.withResolvers();
      let pause: number | undefined;
      try {
        pause = await round();
      } catch (error) {
        if (!(error instanceof OutboxError)) throw error;
        log.error("database unavailable", { work, error });
        pause = DATABASE_PAUSE;
      }
      if (!signal.aborted) await waitFor(wakeUp.promise, pause, clock);
    }
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", wake);
    await Promise.all(running);
  }
}

async function waitFor(
  wakeUp: Promise<void>,
  milliseconds: number | undefined,
  clock: Clock,
): Promise<void> {
  if (milliseconds === undefined) return await wakeUp;
  const enough = new AbortController();
  await Promise.race([wakeUp, clock.sleep(milliseconds, enough.signal)]);
  enough.abort();
}

/**
 * Repeats what ends a claim until the database takes it, or the signal is aborted: a mail that was
 * sent and not settled would be sent again.
 */
export async function settleWithRetry(
  settle: () => Promise<unknown>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    try {
      await settle();
      return;
    } catch (error) {
      if (!(error instanceof OutboxError) || signal.aborted) throw error;
      log.error("database unavailable", { error });
      await clock.sleep(DATABASE_PAUSE, signal);
    }
  }
}
