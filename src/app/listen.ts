/**
 * Listens for the homeserver, and for what watches the service.
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
  return listenAt("server", listenHosts(settings), settings.server.port);
}

/**
 * Starts to listen for what watches the service; `undefined` unless the settings say where.
 *
 * @throws {StartError} When the port or the address cannot be used.
 */
export function listenForMonitoring(
  { server: { metrics: { host, port } } }: Pick<Settings, "server">,
): Deno.TcpListener | undefined {
  return port === undefined ? undefined : listenAt("server.metrics", [host], port);
}

/**
 * Where a listener is reached from this machine, in the order in which to try.
 *
 * @param host The address that it listens on; `undefined`: as `server.host` by default.
 */
export function reachableHosts(
  settings: Pick<Settings, "server" | "appsvc">,
  host: string | undefined,
): readonly string[] {
  const hosts = host === undefined ? listenHosts(settings) : [host];
  return hosts.some((one) => one === "::" || one === "0.0.0.0") ? ["127.0.0.1", "::1"] : hosts;
}

// At the first address that there is.
function listenAt(section: string, hosts: readonly string[], port: number): Deno.TcpListener {
  for (const hostname of hosts) {
    try {
      return Deno.listen({ hostname, port, tcpBacklog: BACKLOG });
    } catch (error) {
      const last = hostname === hosts.at(-1);
      if (last || error instanceof Deno.errors.AddrInUse) {
        throw startError(error, hostname, port, section);
      }
    }
  }
  throw new TypeError("there is no address to listen on");
}

function startError(error: unknown, hostname: string, port: number, section: string): unknown {
  if (error instanceof Deno.errors.AddrInUse) {
    return new StartError(
      `port ${port} at ${hostname} is in use: stop the other program, or set ${section}.port`,
      { cause: error },
    );
  }
  // The address is not this machine's, not permitted, or a name that cannot be resolved.
  if (error instanceof Error && !(error instanceof TypeError)) {
    return new StartError(
      `cannot listen on port ${port} at ${hostname}: set ${section}.host to an address of this ` +
        `machine, and ${section}.port to one that this user may open`,
      { cause: error },
    );
  }
  return error;
}

// The loopback address if the homeserver reaches us there, else all addresses; without IPv6, all of
// IPv4.
function listenHosts(
  { server, appsvc }: Pick<Settings, "server" | "appsvc">,
): readonly string[] {
  const host = server.host ?? loopbackHost(appsvc.endpoint.toAS.url ?? "");
  return host === undefined ? ["::", "0.0.0.0"] : [host];
}
