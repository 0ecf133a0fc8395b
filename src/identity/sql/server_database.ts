/**
 * Opens databases that run as servers.
 *
 * @module
 */

import type { ServerAddress, ServerType } from "../../database/server_address.ts";
import { sqlTrustAttempts } from "../../database/tls_mode.ts";
import { isUntrusted } from "../../net/socket_error.ts";
import { tryTrusts } from "../../net/trust.ts";
import type { Clock } from "../../system/clock.ts";
import { connectMysql } from "./mysql.ts";
import { openSqlPool } from "./pool.ts";
import type { SqlDatabase } from "./port.ts";
import { connectPostgres } from "./postgres.ts";

/** Dependencies of a database. */
export interface ServerDependencies {
  readonly clock: Clock;
  /** Certificates in PEM that are trusted beside the well-known ones. */
  readonly authorities: readonly string[];
  /** How long the server may work on a query, in milliseconds. */
  readonly timeout: number;
}

// A lookup takes a few milliseconds, and servers limit their connections.
const MAX_CONNECTIONS = 5;

const CONNECT = { postgresql: connectPostgres, mysql: connectMysql, mariadb: connectMysql };

/** Opens the database. It connects when it is read first. */
export function openServerDatabase(
  store: string,
  type: ServerType,
  address: ServerAddress,
  { clock, authorities, timeout }: ServerDependencies,
): SqlDatabase {
  const openTrusted = tryTrusts(sqlTrustAttempts(address.tls, authorities), isUntrusted);
  return openSqlPool({
    store,
    clock,
    size: MAX_CONNECTIONS,
    connect: (signal) =>
      openTrusted((trust) => CONNECT[type]({ store, address, trust, timeout }, signal)),
  });
}
