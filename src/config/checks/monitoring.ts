/**
 * Checks how the service is watched.
 *
 * @module
 */

import type { Settings } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";

/** Checks the listener of its own, and the URL that is asked. */
export function checkMonitoring({ server, monitoring }: Partial<Settings>, report: Report): void {
  if (server && server.metrics.port === server.port) {
    const message = `is ${server.port}, the port of server.port: choose another one`;
    report.add("error", ["server", "metrics", "port"], message);
  }
  const url = monitoring?.ping?.reveal();
  if (url !== undefined && !isHttpUrl(url)) {
    // The value is a secret.
    const message = "is not a URL: write it with https:// or http:// in front";
    report.add("error", ["monitoring", "ping"], message);
  }
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
