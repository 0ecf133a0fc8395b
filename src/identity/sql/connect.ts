/**
 * What a connection to a database server is opened with.
 *
 * @module
 */

import { connectFirst, type OpenSocket } from "../../database/connect.ts";
import type { ServerAddress } from "../../database/server_address.ts";
import type { SqlTrust } from "../../database/tls_mode.ts";
import { sqlError } from "./error.ts";

/** Options of a connection. */
export interface ConnectOptions {
  /** The store's name, for errors. */
  readonly store: string;
  readonly address: ServerAddress;
  /** Which certificates are trusted; `undefined` without TLS. */
  readonly trust: SqlTrust | undefined;
  /** How long the server may work on a query, in milliseconds. */
  readonly timeout: number;
}

/**
 * Connects to the first server that can be reached. The caller destroys the socket.
 *
 * @throws {StoreError} If none can be reached: the error of the first one.
 */
export function connectStore(
  { store, address }: Pick<ConnectOptions, "store" | "address">,
  signal: AbortSignal,
): Promise<OpenSocket> {
  return connectFirst(
    address.endpoints,
    signal,
    (endpoint, cause) => sqlError(store, "connect", endpoint, cause),
  );
}
