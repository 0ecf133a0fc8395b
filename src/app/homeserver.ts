/**
 * Opens the client of the homeserver, and pings it.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { openHomeserver } from "../matrix/client.ts";
import type { Homeserver } from "../matrix/port.ts";
import { SECOND } from "../settings/duration.ts";
import { openLog } from "../system/log_events.ts";
import type { Platform } from "./platform.ts";

const log = openLog("app");

// How long the homeserver may take to answer a request for a ping: it tries for 60 s itself.
const PING_TIMEOUT = 70 * SECOND;

/** The homeserver, as far as something is asked of it. */
export function openHomeserverClient(settings: Settings, platform: Platform): Homeserver {
  const { endpoint: { toHS, toAS }, registration } = settings.appsvc;
  const { clock, randomBytes, fetch } = platform;
  return openHomeserver({
    url: toHS.url,
    asToken: toHS.token,
    hsToken: toAS.token,
    ownUrl: toAS.url,
    registrationId: registration.synapse.id,
    random: randomBytes,
    timeout: PING_TIMEOUT,
    clock,
    fetch,
  });
}

/** Asks the homeserver to reach this service, which also makes it send what it holds back. */
export async function pingHomeserver(homeserver: Homeserver, signal: AbortSignal): Promise<void> {
  const result = await homeserver.ping(signal);
  if (signal.aborted) return;
  switch (result.kind) {
    case "reached":
      log.info("homeserver reaches this service", { milliseconds: result.milliseconds });
      return;
    case "unsupported":
      log.info("homeserver reachability unknown", { advice: result.advice });
      return;
    case "failed":
      log.error("homeserver cannot reach this service", {
        reason: result.reason,
        advice: result.advice,
      });
  }
}
