/**
 * Asks a URL while all is well, so that somebody elsewhere notices when it no longer is.
 *
 * @module
 */

import { startTimer } from "../../net/timeout.ts";
import { MINUTE, SECOND } from "../../settings/duration.ts";
import type { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import type { Readiness } from "./readiness.ts";

const log = openLog("app");

const TIMEOUT_MS = 30 * SECOND;
// One that failed is tried again before whoever waits for it raises an alarm.
const RETRY_MS = MINUTE;

/** What asking needs. */
export interface PingOptions {
  /** The URL, which whoever knows it can ask as well. */
  readonly url: Secret;
  /** How often, in milliseconds. */
  readonly every: number;
  readonly readiness: Pick<Readiness, "delivers">;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

/** Asks the URL while emails go out, until the signal is aborted. Never rejects. */
export async function pingRepeatedly(options: PingOptions, signal: AbortSignal): Promise<void> {
  const { every, readiness, clock } = options;
  let works = true;
  while (!signal.aborted) {
    let pause = every;
    // Silence is the alarm: it tells of whatever keeps the service from knowing, too.
    const obstacles = await readiness.delivers().catch(() => ["unknown"]);
    if (obstacles.length === 0) {
      const failure = await ask(options, signal);
      if (signal.aborted) return;
      if (failure !== undefined && works) log.warn("monitoring ping failed", { reason: failure });
      if (failure === undefined && !works) log.info("monitoring ping works again");
      works = failure === undefined;
      if (!works) pause = Math.min(every, RETRY_MS);
    }
    await clock.sleep(pause, signal);
  }
}

// Why it failed, without the URL.
async function ask(
  { url, fetch, clock }: PingOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const late = new AbortController();
  using _timer = startTimer(clock, TIMEOUT_MS, () => late.abort());
  try {
    const response = await fetch(url.reveal(), {
      signal: AbortSignal.any([signal, late.signal]),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `HTTP status ${response.status}`;
  } catch {
    // The message of an error may repeat the URL.
    return late.signal.aborted ? "no answer in 30 seconds" : "the connection failed";
  }
}
