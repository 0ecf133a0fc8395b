/**
 * Databases that are servers of their own.
 *
 * @module
 */

import type { Clock } from "../../system/clock.ts";
import { StoreError } from "../port.ts";
import { connectMysql } from "./mysql.ts";
import { openPool, type SqlConnection } from "./pool.ts";
import type { ServerType, SqlDatabase } from "./port.ts";
import { connectPostgres } from "./postgres.ts";
import type { ServerAddress } from "./server_address.ts";
import { trustsFor } from "./trust.ts";

/** What a database server is reached with. */
export interface ServerDependencies {
  /** The time. */
  readonly clock: Clock;
  /** Certificates in PEM that are trusted beside the well-known ones. */
  readonly authorities: readonly string[];
  /** How long the server may work on a query, in milliseconds. */
  readonly timeout: number;
}

// One lookup takes a few milliseconds; the server's own connections are few.
const MOST_CONNECTIONS = 5;

const CONNECT = { postgresql: connectPostgres, mysql: connectMysql, mariadb: connectMysql };

/** The database, which is connected to when it is read. */
export function openServerDatabase(
  store: string,
  type: ServerType,
  address: ServerAddress,
  { clock, authorities, timeout }: ServerDependencies,
): SqlDatabase {
  const trusts = trustsFor(address.tls, authorities);

  async function connect(signal: AbortSignal): Promise<SqlConnection> {
    const errors: unknown[] = [];
    for (const trust of trusts) {
      try {
        return await CONNECT[type]({ store, address, trust, timeout }, signal);
      } catch (error) {
        errors.push(error);
        if (signal.aborted || !isMisconfigured(error)) break;
      }
    }
    throw errors[0];
  }

  return openPool({ store, clock, limit: MOST_CONNECTIONS, connect });
}

function isMisconfigured(error: unknown): boolean {
  return error instanceof StoreError && error.kind === "misconfigured";
}
