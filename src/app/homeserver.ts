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

// A homeserver that is asked for a ping tries for 60 s itself.
const PING_TIMEOUT_MS = 70 * SECOND;

/** Opens the client of the homeserver's API. */
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
    timeout: PING_TIMEOUT_MS,
    clock,
    fetch,
  });
}

/** Asks the homeserver to ping this service, which also makes it send the events it holds back. */
export async function pingHomeserver(
  homeserver: Pick<Homeserver, "ping">,
  signal: AbortSignal,
): Promise<void> {
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
