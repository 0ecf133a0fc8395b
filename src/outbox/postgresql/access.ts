/**
 * Runs the outbox's work in PostgreSQL: transactions, time and checks.
 *
 * @module
 */

import { onAbort } from "../../net/abort.ts";
import { openPool, type Pool } from "../../net/pool.ts";
import { openSemaphore } from "../../net/semaphore.ts";
import type { Clock } from "../../system/clock.ts";
import { OutboxError } from "../port.ts";
import { type Access, ALL, type Scope } from "../sql/access.ts";
import type { Engine } from "../sql/engine.ts";
import { metaText } from "../sql/meta.ts";
import type { Row, Steps } from "../sql/steps.ts";
import type { Connection } from "./connection.ts";
import { drive, postgresEngine } from "./engine.ts";
import { failureOf, StatementError } from "./errors.ts";
import { KEEPER, KeptByOther, type Moment, momentOf, openKeeper, readKeeping } from "./keeper.ts";
import { lockStatements } from "./locks.ts";
import { refuseNewer } from "./migrations.ts";
import type { Notifications } from "./notifications.ts";
import { refuseUpgrade } from "./upgrade.ts";

/** How many connections a service has at most for transactions; it has one more to listen. */
export const MAX_CONNECTIONS = 6;
// How many of them workers use: the others are left for what the homeserver waits for, and for reads.
const MAX_WORKING = 3;
// Firewalls drop idle connections silently, most of them later than this.
const MAX_IDLE_MS = 60_000;
const MAX_REPEATS = 5;
// How long a service that ends waits until another one may be the keeper at once.
const MAX_LEAVE_MS = 1000;

// The server's own time limits. While a process that is paused or cut off holds the lock, no other can
// write: its transaction is ended before the others' time is over.
const LIMITS = {
  idle_in_transaction_session_timeout: "5s",
  lock_timeout: "15s",
  statement_timeout: "30s",
};

/** What the access needs. */
export interface AccessOptions {
  readonly schema: string;
  readonly clock: Clock;
  readonly connect: (signal: AbortSignal) => Promise<Connection>;
  readonly notifications: Notifications | undefined;
  /** The time that all processes share; the server's unless it is set. */
  readonly time?: (() => number) | undefined;
}

/** Opens the access. It connects when it is needed first. */
export function openAccess(options: AccessOptions): Access {
  const { schema, clock, connect, notifications } = options;
  const pool: Pool<Connection> = openPool<Connection>({
    clock,
    size: MAX_CONNECTIONS,
    maxIdle: MAX_IDLE_MS,
    aborted: () => new OutboxError("unavailable", "the connections to PostgreSQL are closed"),
    shouldRetry: (error, reused) =>
      error instanceof Interrupted && reused && error.outcome === "undone",
  });
  const working = openSemaphore(MAX_WORKING);
  const closed = new AbortController();
  const skipped: Engine["skipped"] = { invitations: new Set(), mails: new Set() };
  // The server's time when it was read last. Since then a clock has run that nobody sets.
  let known = { time: clock.now(), at: clock.monotonic() };

  function timeOf(row: Row | undefined): number {
    if (options.time) return options.time();
    const time = Number(row?.now);
    known = { time, at: clock.monotonic() };
    return time;
  }

  async function transact<Result>(
    scope: Scope | undefined,
    work: (database: Engine, now: number) => Steps<Result>,
  ): Promise<Result> {
    const begin = beginOf(schema, scope);
    try {
      return await pool.run(connect, async (connection, signal) => {
        using _listener = onAbort(signal, () => connection.destroy());
        return await runTransaction(connection, clock, begin, (row, began) => {
          refuseNewer(Number(row?.version), schema);
          const keeping = readKeeping(metaText(row?.keeper));
          keeper.observe(keeping, began);
          if (scope?.addsAwaited) keeper.refuseOther(keeping);
          return work(postgresEngine(skipped, schema, scope), timeOf(row));
        });
      }, closed.signal);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      if (error.outcome === "unknown" && scope?.addsAwaited) keeper.doubt();
      throw error.failure;
    }
  }

  async function transactInTurn<Result>(
    scope: Scope,
    work: (database: Engine, now: number) => Steps<Result>,
  ): Promise<Result> {
    if (scope.isAwaited) return await transact(scope, work);
    if (!await working.acquire(closed.signal)) {
      throw new OutboxError("unavailable", "the connections to PostgreSQL are closed");
    }
    try {
      return await transact(scope, work);
    } finally {
      working.release();
    }
  }

  const now = () => options.time?.() ?? known.time + Math.round(clock.monotonic() - known.at);
  const keeper = openKeeper({
    clock,
    signal: closed.signal,
    commit: (work) => transact(ALL, work),
    read: (work) => transact(undefined, work),
    now,
    tell: () => notifications?.send(),
  });

  return {
    hasOneOwner: false,
    async commit(work, scope = ALL) {
      for (;;) {
        try {
          return await transactInTurn(scope, work);
        } catch (error) {
          if (!(error instanceof KeptByOther)) throw error;
          await keeper.end(error.by);
        }
      }
    },
    read: (work) => transact(undefined, work),
    now,
    foreignCommits: () => keeper.version(),
    announceWork: () => notifications?.send(),
    onWorkOfOthers: (listener) => notifications?.start(listener),
    async check() {
      await transact(undefined, refuseUpgrade);
    },
    overwriteDeleted: () => overwrite(pool, connect, schema, closed.signal),
    async [Symbol.asyncDispose]() {
      const leaving = keeper.close();
      const left = new AbortController();
      await Promise.race([leaving, clock.sleep(MAX_LEAVE_MS, left.signal)]);
      left.abort();
      closed.abort();
      await leaving;
      await notifications?.[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
    },
  };
}

// Work that failed.
class Interrupted extends Error {
  /** @param outcome What became of it: a connection that is lost while it commits does not tell. */
  constructor(readonly failure: unknown, readonly outcome: "refused" | "undone" | "unknown") {
    super("the work was interrupted", { cause: failure });
  }
}

// Settings are for the transaction: a pooler shares sessions. The time is read when the locks are held, so
// that it never runs back for what they are for. Each statement sees what was committed before it, and so
// all that was written under these locks.
function beginOf(schema: string, scope: Scope | undefined): string {
  const settings = Object.entries(LIMITS).map(([name, value]) => `SET LOCAL ${name} TO '${value}'`);
  return [
    `BEGIN ISOLATION LEVEL ${scope ? "READ COMMITTED" : "REPEATABLE READ READ ONLY"}`,
    `SET LOCAL search_path TO "${schema}", pg_temp`,
    ...settings,
    ...lockStatements(schema, scope),
    `SELECT (SELECT max(number) FROM migrations) AS version,
       (SELECT value FROM meta WHERE key = '${KEEPER}') AS keeper,
       CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now`,
  ].join("; ");
}

async function runTransaction<Result>(
  connection: Connection,
  clock: Clock,
  begin: string,
  work: (begun: Row | undefined, began: Moment) => Steps<Result>,
): Promise<Result> {
  for (let repeats = 0;; repeats++) {
    let committing = false;
    try {
      const began = momentOf(clock);
      const { rows: [begun] } = await connection.script(begin);
      const result = await drive(connection, work(begun, began));
      committing = true;
      const { command } = await connection.script("COMMIT");
      if (command !== "COMMIT") throw new TypeError("a statement that failed was passed over");
      return result;
    } catch (error) {
      await rollBack(connection);
      if (!(error instanceof StatementError)) throw error;
      if (error.isConflict && repeats < MAX_REPEATS) continue;
      const outcome = !error.endsConnection ? "refused" : committing ? "unknown" : "undone";
      throw new Interrupted(failureOf(error), outcome);
    }
  }
}

async function rollBack(connection: Connection): Promise<void> {
  if (!connection.isUsable) return;
  try {
    await connection.script("ROLLBACK");
  } catch {
    connection.destroy();
  }
}

// Deleted rows are still in the files of the tables.
async function overwrite(
  pool: Pool<Connection>,
  connect: (signal: AbortSignal) => Promise<Connection>,
  schema: string,
  signal: AbortSignal,
): Promise<void> {
  const tables = [
    "timeline",
    "mail_invitations",
    "mails",
    "invitations",
    "suppressions",
    "wake_ups",
  ];
  try {
    await pool.run(connect, async (connection, ended) => {
      using _listener = onAbort(ended, () => connection.destroy());
      await connection.query({
        sql: `VACUUM ${tables.map((table) => `"${schema}".${table}`).join(", ")}`,
        values: [],
      });
    }, signal);
  } catch (error) {
    throw error instanceof StatementError ? failureOf(error) : error;
  }
}
