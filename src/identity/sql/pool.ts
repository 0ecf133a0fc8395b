/**
 * Pools connections to a database server.
 *
 * @module
 */

import { onAbort } from "../../net/abort.ts";
import { openPool, type PooledConnection } from "../../net/pool.ts";
import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { abortError, throwIfAborted } from "../deadline.ts";
import { StoreError } from "../port.ts";
import type { Query, SqlDatabase } from "./port.ts";

/** One connection, used by one lookup at a time. */
export interface SqlConnection extends PooledConnection {
  /**
   * Runs the work's queries in one read-only transaction.
   *
   * @throws {StoreError} If a query fails or the connection breaks.
   */
  read<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  /** Closes the connection immediately, which makes running queries fail. */
  destroy(): void;
}

/** Options of a pool. */
export interface SqlPoolOptions {
  /** The store's name, for errors. */
  readonly store: string;
  readonly clock: Clock;
  /** The maximum number of connections. */
  readonly size: number;
  /** @throws {StoreError} If the connection fails or the signal is aborted. */
  connect(signal: AbortSignal): Promise<SqlConnection>;
}

// Firewalls drop idle connections silently, most of them later than this.
const MAX_IDLE_MS = 60 * SECOND;

/**
 * A database that is read through a pool, which connects on demand. If a reused connection fails, the
 * lookup is repeated once on a new one, so that a restart of the server goes unnoticed.
 */
export function openSqlPool({ store, clock, size, connect }: SqlPoolOptions): SqlDatabase {
  const pool = openPool<SqlConnection>({
    clock,
    size,
    maxIdle: MAX_IDLE_MS,
    aborted: () => abortError(store),
    shouldRetry: (error, reused) => reused && !isMisconfigured(error),
  });
  return {
    async read(work, { signal } = {}) {
      async function connectUnlessAborted(ended: AbortSignal): Promise<SqlConnection> {
        try {
          return await connect(ended);
        } catch (error) {
          throwIfAborted(store, ended);
          throw error;
        }
      }
      return await pool.run(connectUnlessAborted, async (connection, ended) => {
        using _listener = onAbort(ended, () => connection.destroy());
        try {
          const result = await connection.read(work);
          throwIfAborted(store, ended);
          return result;
        } catch (error) {
          connection.destroy();
          throwIfAborted(store, ended);
          throw error;
        }
      }, signal);
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

function isMisconfigured(error: unknown): boolean {
  return error instanceof StoreError && error.kind === "misconfigured";
}
