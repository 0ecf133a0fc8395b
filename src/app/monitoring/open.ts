/**
 * Opens what the service is watched with.
 *
 * @module
 */

import type { Settings } from "../../config/sections/settings.ts";
import { createMonitoringApp } from "../../http/monitoring.ts";
import { serveHttp } from "../../http/server/server.ts";
import { Registry } from "../../metrics/registry.ts";
import { startTimer } from "../../net/timeout.ts";
import type { CatchUp } from "../../notify/accept/catch_up.ts";
import type { Circuit } from "../../notify/circuit.ts";
import type { Outbox, Work } from "../../outbox/port.ts";
import { SECOND } from "../../settings/duration.ts";
import { openLog } from "../../system/log_events.ts";
import { listenForMonitoring } from "../listen.ts";
import type { Platform } from "../platform.ts";
import { openGauges } from "./gauges.ts";
import { type Measure, NO_MEASURE, openMeasure } from "./measure.ts";
import { pingRepeatedly } from "./ping.ts";
import { openReadiness } from "./readiness.ts";

const log = openLog("app");

// A few that watch the service have room, and nobody takes the descriptors of the homeserver.
const MAX_CONNECTIONS = 16;
const GRACE_MS = SECOND;

/** What is measured, and where that is counted. */
export interface Measuring {
  readonly measure: Measure;
  /** `undefined` if nobody can ask for the figures. */
  readonly registry: Registry | undefined;
}

/** Counts nothing unless somebody can ask for it. */
export function openMeasuring({ server }: Settings, { clock }: Pick<Platform, "clock">): Measuring {
  if (server.metrics.port === undefined) return { measure: NO_MEASURE, registry: undefined };
  const registry = new Registry();
  return { measure: openMeasure(registry, clock), registry };
}

/** The parts that tell how the service is. */
export interface WatchedParts {
  readonly outbox: Outbox;
  readonly circuits: Readonly<Record<Work, Circuit>>;
  readonly catchUp: CatchUp;
}

/** What watches the service. Its disposal ends the listener. */
export interface Monitoring extends AsyncDisposable {
  /** Where it listens; `undefined` if it does not. */
  readonly address: { readonly hostname: string; readonly port: number } | undefined;
  /** The service works until the signal is aborted. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Begins to listen, if the settings say where.
 *
 * @throws {StartError} When the port or the address cannot be used.
 */
export function openMonitoring(
  settings: Settings,
  parts: WatchedParts,
  registry: Registry | undefined,
  { clock, fetch }: Pick<Platform, "clock" | "fetch">,
): Monitoring {
  const { ping, pingEvery, maxDelay } = settings.monitoring;
  const readiness = openReadiness({ ...parts, maxDelay, clock });
  const listener = registry && listenForMonitoring(settings);
  const update = registry && openGauges(registry, { ...parts, readiness, clock });
  const server = listener && serveHttp({
    listener,
    handler: createMonitoringApp({
      takesTransactions: readiness.takesTransactions,
      delivers: readiness.delivers,
      async figures() {
        await update?.();
        return registry.exposition();
      },
    }).fetch,
    maxConnections: MAX_CONNECTIONS,
    clock,
  });
  if (listener) {
    const { hostname, port } = listener.addr;
    log.info("monitoring listening", { address: hostname, port });
  }
  return {
    address: listener?.addr,
    async run(signal) {
      if (signal.aborted) return;
      readiness.running = true;
      signal.addEventListener("abort", () => readiness.running = false, { once: true });
      if (ping) {
        await pingRepeatedly({ url: ping, every: pingEvery, readiness, fetch, clock }, signal);
      }
    },
    async [Symbol.asyncDispose]() {
      if (server === undefined) return;
      const late = Promise.withResolvers<void>();
      using _timer = startTimer(clock, GRACE_MS, () => late.resolve());
      await Promise.race([server.shutdown(), late.promise]);
    },
  };
}
