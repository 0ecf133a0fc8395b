/**
 * Says why the homeserver could not be reached, and what to do about it.
 *
 * @module
 */

import { quoted } from "../text/printable.ts";
import type { PingResult } from "./port.ts";
import type { Unreachable } from "./reachability.ts";

/**
 * Classifies a failed connection.
 *
 * @param url The homeserver's URL, quoted.
 */
export function classifyUnreachable({ why, where, detail }: Unreachable, url: string): PingResult {
  const at = quoted(where);
  switch (why) {
    case "refused":
      return {
        kind: "failed",
        reason: `nothing listens at ${at}`,
        advice:
          "Start the homeserver, or correct host and port in appsvc.endpoint.toHS.url; in a " +
          "container, 'localhost' is that container alone.",
      };
    case "unknown_host":
      return {
        kind: "failed",
        reason: `the host of ${url} has no address (${detail})`,
        advice: "Correct its name in appsvc.endpoint.toHS.url, or this machine's name resolution.",
      };
    case "no_route":
      return {
        kind: "failed",
        reason: `no route to ${at} (${detail})`,
        advice:
          "Correct host and port in appsvc.endpoint.toHS.url, or let the connection pass the " +
          "firewall.",
      };
    case "tls":
      return {
        kind: "failed",
        reason: `no TLS connection to ${at}: ${detail}`,
        advice:
          "Its certificate is not trusted here or has expired, or it does not speak TLS: set " +
          "tls.ca to the authority's certificate, or write http:// for a homeserver on this machine.",
      };
    case "no_http":
      return {
        kind: "failed",
        reason: `a server listens at ${at}, but does not speak HTTP`,
        advice: "If it speaks TLS, write https:// in appsvc.endpoint.toHS.url; otherwise correct " +
          "the port.",
      };
    case "other":
      return {
        kind: "failed",
        reason: `${url} cannot be reached (${detail})`,
        advice: "Correct appsvc.endpoint.toHS.url: it is the homeserver's client API, such as " +
          "http://localhost:8008.",
      };
  }
}
