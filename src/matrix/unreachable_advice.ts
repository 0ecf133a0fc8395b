/**
 * Says why the homeserver could not be reached, and what to do about it.
 *
 * @module
 */

import { TlsError } from "../net/socket_error.ts";
import { type TlsKeys, tlsRemedy } from "../net/tls_fault.ts";
import { quoted } from "../text/printable.ts";
import type { PingResult } from "./port.ts";
import type { Unreachable } from "./reachability.ts";

const TLS_KEYS: TlsKeys = {
  host: "appsvc.endpoint.toHS.url",
  withoutTls: "write http:// in appsvc.endpoint.toHS.url, or the port that speaks TLS",
};

/**
 * Classifies a failed connection.
 *
 * @param url The homeserver's URL, quoted.
 */
export function classifyUnreachable({ why, where, detail }: Unreachable, url: string): PingResult {
  const at = quoted(where);
  if (why instanceof TlsError) {
    return {
      kind: "failed",
      reason: `no TLS connection to ${at}: ${why.reason}`,
      advice: sentence(tlsRemedy(why.fault, why.host, TLS_KEYS)),
    };
  }
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
    case "speaks_tls":
      return {
        kind: "failed",
        reason: `the server at ${at} speaks TLS, and was sent HTTP without TLS`,
        advice: "Write https:// in appsvc.endpoint.toHS.url.",
      };
    case "closed":
      return {
        kind: "failed",
        reason: `the server at ${at} closes the connection without a response`,
        advice: "Correct host and port in appsvc.endpoint.toHS.url, or check the server's log.",
      };
    case "no_http":
      return {
        kind: "failed",
        reason: `a server listens at ${at}, but does not speak HTTP`,
        advice: "Correct host and port in appsvc.endpoint.toHS.url.",
      };
    case "other":
      return {
        kind: "failed",
        reason: `${url} cannot be reached (${detail})`,
        advice:
          "Start the homeserver if it does not run, or correct appsvc.endpoint.toHS.url: it is " +
          "the homeserver's client API, such as http://localhost:8008.",
      };
  }
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
