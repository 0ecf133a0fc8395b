/**
 * Ends a claim even when the database is unavailable for a while.
 *
 * @module
 */

import { OutboxError } from "../outbox/port.ts";
import { SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";

const log = openLog("worker");

/** The pause before the database is tried again, in milliseconds. */
export const DATABASE_PAUSE_MS: number = 2 * SECOND;

/**
 * Repeats what ends a claim until the database takes it, or the signal is aborted: a mail that was
 * sent and not settled would be sent again.
 *
 * @throws {OutboxError} When it cannot be settled before the signal is aborted, or ever.
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
      const isTemporary = error instanceof OutboxError && error.kind !== "lost";
      if (!isTemporary || signal.aborted) throw error;
      log.error("database unavailable", { error });
      await clock.sleep(DATABASE_PAUSE_MS, signal);
    }
  }
}
