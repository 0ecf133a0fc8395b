/**
 * Listens for the homeserver.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { loopbackHost } from "../domain/loopback.ts";
import { StartError } from "./start_error.ts";

// So many may arrive at once: the system lets others try again after a second.
const BACKLOG = 4096;

/**
 * Starts to listen where the settings say.
 *
 * @throws {StartError} When the port or the address cannot be used.
 */
export function listen(settings: Settings): Deno.TcpListener {
  const { port } = settings.server;
  const hosts = listenHosts(settings);
  for (const hostname of hosts) {
    try {
      return Deno.listen({ hostname, port, tcpBacklog: BACKLOG });
    } catch (error) {
      const last = hostname === hosts.at(-1);
      if (last || error instanceof Deno.errors.AddrInUse) throw startError(error, hostname, port);
    }
  }
  throw new TypeError("there is no address to listen on");
}

function startError(error: unknown, hostname: string, port: number): unknown {
  if (error instanceof Deno.errors.AddrInUse) {
    return new StartError(
      `port ${port} at ${hostname} is in use: stop the other program, or set server.port`,
      { cause: error },
    );
  }
  // The address is not this machine's, not permitted, or a name that cannot be resolved.
  if (error instanceof Error && !(error instanceof TypeError)) {
    return new StartError(
      `cannot listen on port ${port} at ${hostname}: set server.host to an address of this ` +
        "machine, and server.port to one that this user may open",
      { cause: error },
    );
  }
  return error;
}

// The loopback address if the homeserver reaches us there, else all addresses; without IPv6, all of
// IPv4.
function listenHosts({ server, appsvc }: Settings): readonly string[] {
  const host = server.host ?? loopbackHost(appsvc.endpoint.toAS.url ?? "");
  return host === undefined ? ["::", "0.0.0.0"] : [host];
}
