/**
 * Shuts the service down: it accepts nothing new, and what is in flight has a grace period.
 *
 * @module
 */

import type { HttpServer } from "../http/server/server.ts";
import { startTimer } from "../net/timeout.ts";
import { SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";

// Less than systemd and container engines wait before they kill.
const GRACE_MS = 8 * SECOND;

/** The end of a service. Its disposal waits until the server has closed, or was left behind. */
export interface Shutdown extends AsyncDisposable {
  /** Aborted when the grace period is over: what is still in flight has to be given back. */
  readonly forceStop: AbortSignal;
  /** Accepts no more requests, and starts the grace period; the result's disposal ends that. */
  begin(): Disposable;
  /** Resolves when the server has closed, or was left behind. */
  finished(): Promise<void>;
}

/** Prepares the shutdown of a server that listens. */
export function openShutdown(
  server: HttpServer,
  clock: Clock,
): Shutdown {
  const force = new AbortController();
  const forced = Promise.withResolvers<void>();
  return {
    forceStop: force.signal,
    begin() {
      void server.shutdown();
      return startTimer(clock, GRACE_MS, () => {
        force.abort();
        forced.resolve();
      });
    },
    finished: () => Promise.race([server.finished, forced.promise]),
    [Symbol.asyncDispose]: () => Promise.race([server.shutdown(), forced.promise]),
  };
}
