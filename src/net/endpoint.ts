/**
 * Addresses of servers.
 *
 * @module
 */

import { printable } from "../text/printable.ts";

/** Where a server listens. */
export interface Endpoint {
  /** A name or an IP address, the latter without brackets. */
  readonly host: string;
  /** The TCP port. */
  readonly port: number;
}

/** The address as text, for logs and errors. */
export function formatEndpoint(
  { host, port }: { readonly host: string; readonly port?: number | undefined },
): string {
  const name = host.includes(":") ? `[${printable(host)}]` : printable(host);
  return port === undefined ? name : `${name}:${port}`;
}
