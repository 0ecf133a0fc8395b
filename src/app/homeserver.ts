/**
 * The homeserver as the settings name it.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { openHomeserver } from "../matrix/client.ts";
import type { Homeserver } from "../matrix/port.ts";
import { SECOND } from "../settings/duration.ts";
import type { Platform } from "./platform.ts";

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
