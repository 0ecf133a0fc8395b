/**
 * The addresses of servers.
 *
 * @module
 */

import { printable } from "../text/printable.ts";

/** A server's address. */
export interface Endpoint {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Formats an address for logs and errors. */
export function formatEndpoint(
  { host, port }: { readonly host: string; readonly port?: number | undefined },
): string {
  const name = host.includes(":") ? `[${printable(host)}]` : printable(host);
  return port === undefined ? name : `${name}:${port}`;
}
