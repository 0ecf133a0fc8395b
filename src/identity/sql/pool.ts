/**
 * Pools connections to a database server.
 *
 * @module
 */

import { onAbort } from "../../net/abort.ts";
import { openPool, type PooledConnection } from "../../net/pool.ts";
import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { refuseAborted } from "../deadline.ts";
import { StoreError } from "../port.ts";
import type { Query, SqlDatabase } from "./port.ts";

/** One connection, used by one lookup at a time. */
export interface SqlConnection extends PooledConnection {
  /**
   * Runs the work's queries in one transaction that can only read.
   *
   * @throws {StoreError} Whatever goes wrong.
   */
  read<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  /** Ends it at once, and with it what it is working on. */
  destroy(): void;
}

/** What a pool is made of. */
export interface SqlPoolOptions {
  /** The store's name, for errors. */
  readonly store: string;
  /** Measures how long connections are idle. */
  readonly clock: Clock;
  /** How many connections there may be at the same time. */
  readonly size: number;
  /** Makes a connection, or fails with a {@linkcode StoreError}; an aborted signal ends it. */
  connect(signal: AbortSignal): Promise<SqlConnection>;
}

// One that was not used for longer may have been cut off by a firewall that says nothing.
const MAX_IDLE_MS = 60 * SECOND;

/**
 * A database over a pool. Connections are made when they are needed. One that fails is not used
 * again; was it an old one, the lookup is repeated on a new one, so that nobody notices a restart of
 * the server.
 */
export function openSqlPool({ store, clock, size, connect }: SqlPoolOptions): SqlDatabase {
  const pool = openPool<SqlConnection>({
    clock,
    size,
    maxIdle: MAX_IDLE_MS,
    aborted: () => new StoreError(store, "temporary", "the lookup was aborted"),
    shouldRetry: (error, reused) => reused && !isMisconfigured(error),
  });
  return {
    async read(work, { signal } = {}) {
      async function connectUnlessAborted(ended: AbortSignal): Promise<SqlConnection> {
        try {
          return await connect(ended);
        } catch (error) {
          refuseAborted(store, ended);
          throw error;
        }
      }
      return await pool.run(connectUnlessAborted, async (connection, ended) => {
        using _listener = onAbort(ended, () => connection.destroy());
        try {
          const result = await connection.read(work);
          refuseAborted(store, ended);
          return result;
        } catch (error) {
          connection.destroy();
          refuseAborted(store, ended);
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
