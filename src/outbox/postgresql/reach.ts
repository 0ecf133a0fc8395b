/**
 * Waits for a database server that cannot be reached yet: after a reboot, the service and its database
 * start in any order.
 *
 * @module
 */

import { MINUTE, SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { OutboxError } from "../port.ts";

const log = openLog("outbox");

const PAUSE_MS = 2 * SECOND;
// Between the lines in the log.
const TELL_MS = 30 * SECOND;

/** For how long a server is tried, in milliseconds. */
export const MAX_REACH_MS: number = 5 * MINUTE;

/** How the start of the service waits: for the server, and for services of an older program. */
export interface Waiting {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Called again and again while it waits. */
  readonly onWaiting?: (() => void) | undefined;
}

/** The same, with the clock. */
export interface WaitOptions extends Waiting {
  readonly clock: Clock;
}

/**
 * Opens something of a server, and tries that again while the server is unavailable.
 *
 * @throws {OutboxError} What was wrong at last: at once if the administrator has to mend it, such as a
 *   password.
 */
export async function reach<Result>(
  open: () => Promise<Result>,
  { clock, signal, onWaiting }: WaitOptions,
): Promise<Result> {
  const began = clock.monotonic();
  let toldAt = -Infinity;
  while (true) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof OutboxError) || error.kind !== "unavailable") throw error;
      const now = clock.monotonic();
      if (signal?.aborted || now - began >= MAX_REACH_MS) throw error;
      if (now - toldAt >= TELL_MS) {
        log.warn("waiting for the database", { reason: error.message });
        toldAt = now;
      }
    }
    onWaiting?.();
    await clock.sleep(PAUSE_MS, signal);
  }
}
