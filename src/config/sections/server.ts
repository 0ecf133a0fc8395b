/**
 * The section `server`: where this service listens.
 *
 * @module
 */

import { isServerName } from "../../domain/user_id.ts";
import { hostName } from "../../settings/host.ts";
import { flag, httpUrl, integer, parsed } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

/** The section `server`. */
export const serverSection = section("Where this service listens.", {
  host: hostName("127.0.0.1").optional().meta({ examples: ["127.0.0.1"] }).describe(
    "The address to listen on. By default the loopback address if appsvc.endpoint.toAS.url names " +
      "it, else all addresses.",
  ),
  port: integer(1, 65535).prefault(8090).describe("The TCP port to listen on."),
  name: parsed(
    (text) => isServerName(text) ? text : undefined,
    "a host name such as mxisd.example.org",
  ).optional().meta({ examples: ["mxisd.example.org"] }).describe(
    "The service's public host name, if it is not the Matrix domain.",
  ),
  metrics: section("A listener of its own for what watches the service: see docs/metrics.md.", {
    host: hostName("127.0.0.1").prefault("127.0.0.1").describe(
      "The address to listen on. Whoever reaches it can read all figures.",
    ),
    port: integer(1, 65535).optional().meta({ examples: [8091] }).describe(
      "The TCP port to listen on, for /healthz, /readyz, /readyz/delivery and /metrics. Without " +
        "it there is no such listener.",
    ),
  }),
  reload: flag().prefault(false).describe(
    "Whether the service reads its configuration, templates and certificates again on SIGHUP " +
      "(systemctl reload). It then keeps the permission to read files, which it gives up otherwise.",
  ),
  publicUrl: httpUrl("https://mxisd.example.org").optional().meta({
    examples: ["https://mxisd.example.org"],
  }).describe(
    "Where people's browsers reach the service's public pages: the URL before /stop/.",
  ),
});
