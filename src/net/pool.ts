/**
 * Pools connections.
 *
 * @module
 */

import type { Clock } from "../system/clock.ts";
import { openSemaphore } from "./semaphore.ts";
import { startTimer } from "./timeout.ts";

/** A connection that a pool can keep. */
export interface PooledConnection {
  /** Whether it can be used again, also after work that failed. */
  readonly isUsable: boolean;
  /** Closes it, and resolves when it is closed. It never rejects. */
  close(): Promise<void>;
}

/** Options of a pool. */
export interface PoolOptions {
  /** Measures how long connections are idle. */
  readonly clock: Clock;
  /** The maximum number of connections in use. */
  readonly size: number;
  /** How long a connection may be idle and still be reused, in milliseconds. */
  readonly maxIdle: number;
  /** Whether a timer closes it then; by default it is closed when the next connection is needed. */
  readonly closesIdle?: boolean | undefined;
  /** How often a connection is used before it is replaced; unlimited by default. */
  readonly maxUses?: number | undefined;
  /** Creates the error of work whose signal is aborted before it begins. */
  aborted(): Error;
  /**
   * Whether failed work is repeated once on a new connection: one that was `reused` may have been
   * closed while it was idle.
   */
  shouldRetry(error: unknown, reused: boolean): boolean;
}

/** Work on a connection. */
export type Work<Connection, Result> = (
  connection: Connection,
  signal: AbortSignal,
  release: () => void,
) => Promise<Result>;

/** A pool. Its disposal aborts running work, and waits until all connections are closed. */
export interface Pool<Connection> extends AsyncDisposable {
  /**
   * Works with an idle connection, or opens one. Waits while too many are in use. The signal of both
   * functions is aborted with the caller's signal and when the pool is disposed of; both functions
   * must settle then. Work that only waits may give up its place with `release`: the connection then no
   * longer counts as one in use.
   */
  run<Result>(
    open: (signal: AbortSignal) => Promise<Connection>,
    work: Work<Connection, Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result>;
}

interface Entry<Connection> {
  readonly connection: Connection;
  readonly uses: number;
}

interface IdleEntry<Connection> extends Entry<Connection> {
  readonly since: number;
  readonly timer: Disposable | undefined;
}

/** Opens a pool, which is empty at first. */
export function openPool<Connection extends PooledConnection>(
  options: PoolOptions,
): Pool<Connection> {
  const { clock, size, maxIdle, closesIdle = false, maxUses = Infinity } = options;
  const semaphore = openSemaphore(size);
  const idle: IdleEntry<Connection>[] = [];
  const running = new Set<Promise<unknown>>();
  const closing = new Set<Promise<void>>();
  const disposed = new AbortController();

  function retire(connection: Connection): void {
    const closed = connection.close().finally(() => closing.delete(closed));
    closing.add(closed);
  }

  function keep(connection: Connection, uses: number): void {
    const isKept = connection.isUsable && uses < maxUses && !disposed.signal.aborted;
    if (!isKept) return retire(connection);
    const expire = () => {
      idle.splice(idle.indexOf(entry), 1);
      retire(connection);
    };
    const timer = closesIdle ? startTimer(clock, maxIdle, expire) : undefined;
    const entry = { connection, uses, since: clock.now(), timer };
    idle.push(entry);
  }

  function takeIdle(): Entry<Connection> | undefined {
    for (let entry = idle.pop(); entry; entry = idle.pop()) {
      entry.timer?.[Symbol.dispose]();
      if (entry.connection.isUsable && clock.now() - entry.since < maxIdle) return entry;
      retire(entry.connection);
    }
    return undefined;
  }

  function retireIdle(): void {
    for (const { connection, timer } of idle.splice(0)) {
      timer?.[Symbol.dispose]();
      retire(connection);
    }
  }

  async function runOn<Result>(
    { connection, uses }: Entry<Connection>,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work(connection);
    } finally {
      keep(connection, uses + 1);
    }
  }

  const run: Pool<Connection>["run"] = async (open, work, signal) => {
    const ended = signal ? AbortSignal.any([signal, disposed.signal]) : disposed.signal;
    if (!await semaphore.acquire(ended)) throw options.aborted();
    let held = true;
    const release = () => {
      if (held) semaphore.release();
      held = false;
    };
    const runWork = (connection: Connection) => work(connection, ended, release);
    try {
      if (ended.aborted) throw options.aborted();
      const reused = takeIdle();
      const entry = reused ?? { connection: await open(ended), uses: 0 };
      try {
        return await runOn(entry, runWork);
      } catch (error) {
        if (ended.aborted || !options.shouldRetry(error, reused !== undefined)) throw error;
      }
      // The others are probably stale too: the server may have been restarted.
      retireIdle();
      return await runOn({ connection: await open(ended), uses: 0 }, runWork);
    } finally {
      release();
    }
  };

  return {
    run(open, work, signal) {
      const result = run(open, work, signal);
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    async [Symbol.asyncDispose]() {
      disposed.abort();
      retireIdle();
      await Promise.allSettled(running);
      await Promise.all(closing);
    },
  };
}
