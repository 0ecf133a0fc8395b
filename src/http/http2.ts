/**
 * Refuses HTTP/2, which Deno accepts without TLS from clients that begin with it. Homeservers and
 * proxies do not; an attacker would gain many requests for each connection.
 *
 * @module
 */

import type { Clock } from "../system/clock.ts";
import { openRefusalLog } from "./refusals.ts";

/** A request handler, as `Deno.serve` takes it. */
export type RequestHandler = (request: Request) => Response | Promise<Response>;

/** What is known about the connection of a request. */
export interface Connection {
  readonly remoteAddr: Pick<Deno.NetAddr, "hostname" | "port">;
}

/**
 * Returns a handler that responds with 505 to HTTP/2. Deno does not say which version a request has,
 * but only in HTTP/2 can there be a second request on a connection while the first is being handled,
 * and is the header field Host usually missing, as `:authority` replaces it. HTTP/1.1 requires it
 * (RFC 9112, section 3.2); health checks of load balancers may use HTTP/1.0, which does not.
 */
export function refuseHttp2(
  handler: RequestHandler,
  clock: Pick<Clock, "now">,
): (request: Request, connection: Connection) => Promise<Response> {
  const logRefusal = openRefusalLog(clock);
  const busy = new Set<string>();
  return async (request, { remoteAddr: { hostname, port } }) => {
    const connection = `${hostname} ${port}`;
    if (busy.has(connection) || !(request.headers.has("host") || isHealthCheck(request))) {
      logRefusal({ reason: "HTTP/2, or no Host", method: request.method });
      // Deno closes the connection, or resets the stream.
      await request.body?.cancel();
      return new Response(null, { status: 505 });
    }
    busy.add(connection);
    try {
      return await handler(request);
    } finally {
      busy.delete(connection);
    }
  };
}

function isHealthCheck({ method, url }: Request): boolean {
  return ["GET", "HEAD"].includes(method) && new URL(url).pathname === "/health";
}
