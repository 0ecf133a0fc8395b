/**
 * Where the homeserver reaches the service.
 *
 * @module
 */

import { loopbackHost } from "./config/loopback.ts";
import type { Settings } from "./config/settings.ts";
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
  const hostname = listenHost(settings);
  const { port } = settings.server;
  try {
    return Deno.serve({ hostname, port, onListen: () => {} }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new StartError(
        `port ${port} at ${hostname} is taken: stop the other program, or set server.port`,
        { cause: error },
      );
    }
    // Not this machine's, not permitted, or a name that nobody knows.
    if (error instanceof Error && !(error instanceof TypeError)) {
      throw new StartError(
        `cannot listen on port ${port} at ${hostname}: set server.host to an address of this ` +
          "machine, and server.port to one that this user may open",
        { cause: error },
      );
    }
    throw error;
  }
}

// The loopback address when the homeserver reaches us there, else all addresses.
function listenHost({ server, appsvc }: Settings): string {
  return server.host ?? loopbackHost(appsvc.endpoint.toAS.url ?? "") ?? "::";
}
