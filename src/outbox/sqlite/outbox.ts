/**
 * Opens an outbox in an SQLite file, the embedded default. One service owns the file.
 *
 * @module
 */

import type { Clock } from "../../system/clock.ts";
import type { Outbox } from "../port.ts";
import { type Access, ALL, type Scope } from "../sql/access.ts";
import { openSqlOutbox, prepare, type SqlOutboxOptions } from "../sql/outbox.ts";
import type { Transactions } from "../sql/transactions.ts";
import { Database } from "./database.ts";
import { type Grouping, openGroups } from "./groups.ts";
import { openTurns } from "./turns.ts";

/** What an SQLite outbox is opened with. */
export interface SqliteOutboxOptions extends SqlOutboxOptions {
  /** The database file. It is created if it is missing, readable by its owner only. */
  readonly file: string;
  /** `false` for the service, which gives up the permission to read files. */
  readonly readsLater?: boolean | undefined;
}

/**
 * Opens the outbox. Its owner takes over all leases at once: the process that had them has ended.
 *
 * @throws {OutboxError} `refused` if the file has another owner, is not an outbox or is newer.
 */
export function openSqliteOutbox(options: SqliteOutboxOptions): Outbox {
  const { file, clock, owner = true, readsLater = true } = options;
  const database = Database.open(file, owner, readsLater);
  try {
    const access = accessTo(database, clock);
    return openSqlOutbox(access, runAll(database, prepare(options, access), clock), options);
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

function runAll<Result>(
  database: Database,
  work: Transactions<Result>,
  clock: Pick<Clock, "now">,
): Result {
  let next = work.next();
  while (!next.done) {
    const part = next.value;
    next = work.next(
      part.kind === "read"
        ? database.read(part.work)
        : database.transaction((tables) => part.work(tables, clock.now())),
    );
  }
  return next.value;
}

// Claims end and begin all the time while much is due. The homeserver waits for nothing of others, and
// what may write anything writes many rows.
function groupingOf({ kind, isAwaited }: Scope): Grouping {
  if (kind === "claim") return "with others";
  return kind === "people" && !isAwaited ? "soon" : "alone";
}

/** The way to an open database, which is closed with it. */
export function accessTo(database: Database, clock: Clock): Access {
  const groups = openGroups((work) => database.transaction(work), openTurns(clock));
  const listeners = new Set<() => void>();
  return {
    hasOneOwner: true,
    commit: (work, scope = ALL) =>
      groups.commit((tables) => work(tables, clock.now()), groupingOf(scope)),
    // Asynchronous, so that what SQLite throws becomes a rejection.
    // deno-lint-ignore require-await
    read: async (work) => database.read(work),
    now: () => clock.now(),
    foreignCommits: () => database.dataVersion(),
    // They see it in the file.
    announceWork() {},
    onWorkOfOthers: (listener) => void listeners.add(listener),
    async check() {
      await database.opened();
      database.refuseLost();
      // A command beside the service may have made work.
      if (!database.hasForeignCommits()) return;
      for (const listener of listeners) listener();
    },
    overwriteDeleted: () => database.overwriteDeleted(clock),
    [Symbol.asyncDispose]() {
      groups.flush();
      database[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
