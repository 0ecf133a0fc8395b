/**
 * Where the homeserver reaches the service.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { loopbackHost } from "../domain/loopback.ts";
import { StartError } from "./start_error.ts";

/**
 * Starts to listen where the settings say.
 *
 * @throws {StartError} When the port or the address cannot be had.
 */
export function listen(
  settings: Settings,
  handler: (request: Request) => Response | Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const { port } = settings.server;
  const hosts = listenHosts(settings);
  for (const hostname of hosts) {
    try {
      return Deno.serve({ hostname, port, onListen: () => {} }, handler);
    } catch (error) {
      const last = hostname === hosts.at(-1);
      if (last || error instanceof Deno.errors.AddrInUse) throw explained(error, hostname, port);
    }
  }
  throw new TypeError("there is no address to listen on");
}

function explained(error: unknown, hostname: string, port: number): unknown {
  if (error instanceof Deno.errors.AddrInUse) {
    return new StartError(
      `port ${port} at ${hostname} is taken: stop the other program, or set server.port`,
      { cause: error },
    );
  }
  // Not this machine's, not permitted, or a name that nobody knows.
  if (error instanceof Error && !(error instanceof TypeError)) {
    return new StartError(
      `cannot listen on port ${port} at ${hostname}: set server.host to an address of this ` +
        "machine, and server.port to one that this user may open",
      { cause: error },
    );
  }
  return error;
}

// The loopback address when the homeserver reaches us there, else all addresses: those of IPv4 alone
// where the machine has no IPv6.
function listenHosts({ server, appsvc }: Settings): readonly string[] {
  const host = server.host ?? loopbackHost(appsvc.endpoint.toAS.url ?? "");
  return host === undefined ? ["::", "0.0.0.0"] : [host];
}
