/**
 * The HTTP client of the program, without connections that outlive a test.
 *
 * @module
 */

import { openHttpClient } from "../../../src/net/http_client.ts";
import { systemClock } from "../../../src/system/clock.ts";

/** Sends a request, trusting these certificates beside the well-known ones. */
export function fetchTrusting(...authorities: readonly string[]): typeof fetch {
  return openHttpClient({ clock: systemClock, authorities, maxIdle: 0 }).fetch;
}
