/**
 * Runs the service until it is asked to stop.
 *
 * @module
 */

import { type Outbox, OutboxError } from "../outbox/port.ts";
import { SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import type { Shutdown } from "./shutdown.ts";

const log = openLog("app");

// A time server corrects less than that in a second.
const MAX_DRIFT_MS = 10 * SECOND;

/** What runs. */
export interface AppParts {
  readonly outbox: Pick<Outbox, "check">;
  /** Works on what is due until the signal is aborted; then what is in flight is settled. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly shutdown: Shutdown;
  /** Takes emails that came back until the signal is aborted. */
  readonly watchBounces: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Works until the signal is aborted, then shuts down. When one part fails, the others are stopped as
 * well: half a service would look like a whole one.
 *
 * @throws {OutboxError} `lost` when the database's files were replaced, renamed or deleted.
 */
export async function runApp(
  { outbox, work, shutdown, watchBounces, clock }: AppParts,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  using grace = new DisposableStack();
  const begin = () => void grace.use(shutdown.begin());
  // The signal may have been aborted while the service started.
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin, { once: true });
  const running = [
    shutdown.finished(),
    work(stop),
    watchBounces(stop),
    checkOutbox(outbox, clock, stop),
  ];
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}

// At rest as well: the next invite would be refused, and the administrator hear of it late.
async function checkOutbox(
  outbox: AppParts["outbox"],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let ahead = clock.now() - clock.monotonic();
  while (!signal.aborted) {
    try {
      await outbox.check();
    } catch (error) {
      // It is checked again, and the workers log it.
      if (!(error instanceof OutboxError) || error.kind !== "unavailable") throw error;
    }
    await clock.sleep(SECOND, signal);
    const jump = clock.now() - clock.monotonic() - ahead;
    if (Math.abs(jump) > MAX_DRIFT_MS) {
      log.warn("clock was set", { seconds: Math.round(jump / SECOND) });
    }
    ahead += jump;
  }
}
