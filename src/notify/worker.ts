/**
 * Runs the loop that works on what is due.
 *
 * @module
 */

import { type Outage, type Outbox, OutboxError, type Work } from "../outbox/port.ts";
import { MINUTE } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openPace } from "../system/let_others_in.ts";
import { openLog } from "../system/log_events.ts";
import type { Circuit } from "./circuit.ts";
import { DATABASE_PAUSE_MS } from "./settle_with_retry.ts";

const log = openLog("worker");

// Keeps a loop that finds nothing although something is due from spinning.
const MIN_PAUSE_MS = 20;
// Before what failed by a defect is tried again: each time is a line in the log.
const DEFECT_PAUSE_MS = MINUTE;
// Timers do not notice that the machine's clock was set: on a machine that boots without a battery
// everything seems to be due in years.
const MAX_PAUSE_MS = 10 * MINUTE;

/** What a worker works on. */
export interface WorkItem {
  /** Whether it is of an inviter of the homeserver. */
  readonly own: boolean;
}

/** What holds back everything that is pending. */
export interface Halt {
  /** For how many milliseconds yet, unless it ends earlier or goes on; `undefined` if it does not. */
  left(): Promise<number | undefined>;
  /** Calls the listener when it ends. Returns a function that removes the listener. */
  onEnd(listener: () => void): () => void;
}

/** What a worker needs. */
export interface WorkerOptions<Item extends WorkItem> {
  /** What it works on. */
  readonly work: Work;
  /** Where the work is. */
  readonly outbox: Pick<Outbox, "nextDue" | "onWork">;
  readonly clock: Clock;
  /**
   * How many items it works on at the same time. Half of the places are kept for the homeserver's own
   * inviters, so that strangers' items never keep theirs waiting; a single place is everybody's.
   */
  readonly concurrency: number;
  /** How many more items may be in flight that have given up their places; none by default. */
  readonly maxWaiting?: number | undefined;
  /** While it lasts, nothing is claimed; what is claimed already is finished. */
  readonly halt: Halt;
  /** What all items need. In an outage one item at a time is worked on. */
  readonly circuit: Circuit;
  /** Makes due what was deferred in an outage until then (milliseconds UTC); returns how many. */
  readonly resume: (before: number) => Promise<number>;
  /** Stores an outage for commands beside the service; `undefined`: that there is none. */
  readonly storeOutage: (outage: Outage | undefined) => Promise<void>;
  /** Leases up to so many items, of which up to `strangers` are not of own inviters. */
  readonly claim: (count: number, strangers: number) => Promise<readonly Item[]>;
  /**
   * Works on one item and settles it. An item that only waits may give up its place, so that another
   * one is worked on; this returns `false` when too many wait already.
   */
  readonly handle: (item: Item, giveUpPlace: () => boolean) => Promise<void>;
  /** Keeps its lease from ending meanwhile. */
  readonly hold?: ((item: Item) => Disposable) | undefined;
}

/**
 * Works until the signal is aborted: it then claims no more, and resolves when what is in flight has
 * been settled. It is woken by commits and by the time, not by polling.
 */
export async function runWorker<Item extends WorkItem>(
  options: WorkerOptions<Item>,
  signal: AbortSignal,
): Promise<void> {
  const { work, outbox, clock, concurrency, maxWaiting = 0, circuit, halt } = options;
  const running = new Set<Promise<void>>();
  const strangersPlaces = Math.max(1, Math.floor(concurrency / 2));
  let strangers = 0;
  const pace = openPace();
  let waiting = 0;
  let isOutage = false;
  // An outage of the process before this one may be stored.
  let stored: Outage | undefined | "unknown" = "unknown";
  let wakeUp = Promise.withResolvers<void>();
  const wake = () => wakeUp.resolve();
  const unsubscribe = [outbox.onWork(wake), halt.onEnd(wake)];
  signal.addEventListener("abort", wake, { once: true });

  function start(item: Item): void {
    if (!item.own) strangers++;
    let waits = false;
    function giveUpPlace(): boolean {
      if (waits || waiting >= maxWaiting) return waits;
      waits = true;
      waiting++;
      if (!item.own) strangers--;
      wake();
      return true;
    }
    const held = options.hold?.(item);
    const attempt = circuit.enter();
    const task = Promise.try(options.handle, item, giveUpPlace).catch((error: unknown) => {
      if (error instanceof OutboxError && error.kind === "lost") return;
      // Its lease expires, and then it is claimed again.
      log.error("work failed", { work, error });
    }).finally(() => {
      held?.[Symbol.dispose]();
      attempt[Symbol.dispose]();
      running.delete(task);
      if (waits) waiting--;
      else if (!item.own) strangers--;
      wake();
    });
    running.add(task);
  }

  // Tells of outages, and makes due what was deferred in one that is over.
  async function followCircuit(): Promise<void> {
    if (circuit.isOpen && !isOutage) log.error("outage began", { work });
    const { recovered } = circuit;
    const isDue = recovered?.wait === 0;
    const resumed = isDue ? await options.resume(recovered.at) : 0;
    if (isDue) circuit.resumed();
    const isOver = isOutage && !circuit.isOpen;
    if (isOver || resumed > 0) log.info("outage over", { work, resumed });
    isOutage = circuit.isOpen;
    const { outage } = circuit;
    if (outage === stored) return;
    await options.storeOutage(outage);
    stored = outage;
  }

  // Claims and starts what is due. Returns the pause before the next round in milliseconds, which a
  // wake-up ends early; `undefined` when only a wake-up ends it.
  async function round(): Promise<number | undefined> {
    await followCircuit();
    const held = await halt.left();
    if (held !== undefined) return Math.min(held, MAX_PAUSE_MS);
    const places = concurrency - (running.size - waiting);
    const free = Math.min(places, circuit.admitted);
    if (free <= 0) return places <= 0 ? undefined : circuit.pause;
    const items = await options.claim(free, Math.min(free, strangersPlaces - strangers));
    items.forEach(start);
    // There may be more: the first item that is done wakes the loop.
    if (items.length === free) return undefined;
    const due = await outbox.nextDue(work, strangers >= strangersPlaces);
    const waits = [due === undefined ? undefined : due - clock.now(), circuit.recovered?.wait]
      .filter((wait) => wait !== undefined);
    if (waits.length === 0) return undefined;
    return Math.min(Math.max(Math.min(...waits), MIN_PAUSE_MS), MAX_PAUSE_MS);
  }

  try {
    while (!signal.aborted) {
      wakeUp = Promise.withResolvers();
      let pause: number | undefined;
      try {
        pause = await round();
      } catch (error) {
        const isDatabase = error instanceof OutboxError;
        if (isDatabase && error.kind === "lost") throw error;
        // Any other error is a defect of the program, which must not end the service.
        log.error(isDatabase ? "database unavailable" : "work failed", { work, error });
        await clock.sleep(isDatabase ? DATABASE_PAUSE_MS : DEFECT_PAUSE_MS, signal);
        continue;
      }
      // Where nothing waits for input or output (a person who is cached, a claim that only parks), one
      // round would follow another without a request of the homeserver in between. Before the wait,
      // which it then takes no longer.
      await pace();
      if (!signal.aborted) await waitFor(wakeUp.promise, pause, clock);
    }
  } finally {
    for (const end of unsubscribe) end();
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
  const awake = new AbortController();
  await Promise.race([wakeUp, clock.sleep(milliseconds, awake.signal)]);
  awake.abort(null);
}
