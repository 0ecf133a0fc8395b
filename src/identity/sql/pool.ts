/**
 * A few connections to a database server, for many lookups.
 *
 * @module
 */

import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { refuseAborted } from "../deadline.ts";
import { StoreError } from "../port.ts";
import type { Query, SqlDatabase } from "./port.ts";
import type { ServerAddress } from "./server_address.ts";
import type { Trust } from "./trust.ts";

/** One connection, used by one lookup at a time. */
export interface SqlConnection {
  /** Whether it has failed or ended: another one may work. */
  readonly isLost: boolean;
  /**
   * Runs the work's queries in one transaction that can only read.
   *
   * @throws {StoreError} Whatever goes wrong.
   */
  read<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  /** Ends it at once, and with it what it is working on. */
  destroy(): void;
  /** Says goodbye and ends it. */
  close(): Promise<void>;
}

/** What a connection is made with. */
export interface ConnectionOptions {
  /** The store's name, for errors. */
  readonly store: string;
  /** Where to, and who logs in. */
  readonly address: ServerAddress;
  /** Which certificate is believed; without TLS none. */
  readonly trust: Trust | undefined;
  /** How long the server may work on a query, in milliseconds. */
  readonly timeout: number;
}

/** What a pool is made of. */
export interface PoolOptions {
  /** The store's name, for errors. */
  readonly store: string;
  /** The time. */
  readonly clock: Clock;
  /** How many connections there may be at the same time. */
  readonly limit: number;
  /** Makes a connection, or fails with a {@linkcode StoreError}; an aborted signal ends it. */
  connect(signal: AbortSignal): Promise<SqlConnection>;
}

// One that was not used for longer may have been cut off by a firewall that says nothing.
const LONGEST_IDLE = 60 * SECOND;

/**
 * A database over a pool. Connections are made when they are needed. One that fails is not used
 * again; was it an old one, the lookup is repeated on a new one, so that nobody notices a restart of
 * the server.
 */
export function openPool(options: PoolOptions): SqlDatabase {
  const { store, clock, limit } = options;
  let idle: { readonly connection: SqlConnection; readonly since: number }[] = [];
  const waiting: (() => void)[] = [];
  const disposed = new AbortController();
  let inUse = 0;

  async function takePlace(signal: AbortSignal): Promise<void> {
    if (inUse < limit) {
      inUse++;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    if (!signal.aborted) return;
    const index = waiting.indexOf(resolve);
    if (index >= 0) waiting.splice(index, 1);
    else givePlace(); // It was given to us as well.
    refuseAborted(store, signal);
  }

  // A place is handed on rather than given back, so that nobody overtakes.
  function givePlace(): void {
    const next = waiting.shift();
    if (next) next();
    else inUse--;
  }

  function takeIdle(): SqlConnection | undefined {
    const now = clock.now();
    for (let entry = idle.pop(); entry; entry = idle.pop()) {
      if (!entry.connection.isLost && now - entry.since <= LONGEST_IDLE) return entry.connection;
      entry.connection.destroy();
    }
    return undefined;
  }

  async function readOn<Result>(
    connection: SqlConnection,
    work: (query: Query) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const onAbort = () => connection.destroy();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal.aborted) connection.destroy();
      const result = await connection.read(work);
      refuseAborted(store, signal);
      idle.push({ connection, since: clock.now() });
      return result;
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async function readAnywhere<Result>(
    work: (query: Query) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const old = takeIdle();
    if (old) {
      try {
        return await readOn(old, work, signal);
      } catch (error) {
        if (signal.aborted || isMisconfigured(error)) throw error;
      }
    }
    return await readOn(await options.connect(signal), work, signal);
  }

  return {
    async read(work, { signal } = {}) {
      refuseAborted(store, signal);
      const ended = signal ? AbortSignal.any([signal, disposed.signal]) : disposed.signal;
      refuseAborted(store, ended);
      await takePlace(ended);
      try {
        return await readAnywhere(work, ended);
      } catch (error) {
        refuseAborted(store, ended);
        throw error;
      } finally {
        givePlace();
      }
    },
    async [Symbol.asyncDispose]() {
      disposed.abort();
      const open = idle;
      idle = [];
      await Promise.all(open.map(({ connection }) => connection.close()));
    },
  };
}

function isMisconfigured(error: unknown): boolean {
  return error instanceof StoreError && error.kind === "misconfigured";
}
