/**
 * What an outbox in SQL needs of the way to its database.
 *
 * @module
 */

import type { Engine } from "./engine.ts";
import type { Steps } from "./steps.ts";

/** A way to the database, until it is disposed. Methods reject with an `OutboxError`. */
export interface Access extends AsyncDisposable {
  /**
   * Whether one process at a time works on what is due, so that the leases of the last one can be
   * taken over. Otherwise a lease holds until its time in the table.
   */
  readonly hasOneOwner: boolean;
  /**
   * Runs work in one transaction, which survives a power failure when this has resolved. The work may
   * be repeated from its beginning.
   *
   * @param work Also gets the time, in milliseconds UTC.
   */
  commit<Result>(work: (database: Engine, now: number) => Steps<Result>): Promise<Result>;
  /** Runs work that changes nothing. */
  read<Result>(work: (database: Engine) => Steps<Result>): Promise<Result>;
  /** The time of the clock that all processes share, in milliseconds UTC. */
  now(): number;
  /**
   * A number that changes when another process commits, by then at the latest when that has resolved
   * there; if it is missing, that cannot be known at once.
   */
  readonly foreignCommits?: (() => number) | undefined;
  /** Tells other processes that there may be work. */
  announceWork(): void;
  /** Calls the listener when other processes may have made work. */
  onWorkOfOthers(listener: () => void): void;
  /** Rejects if what is committed would not be found again, or nothing can be committed. */
  check(): Promise<void>;
  /** Removes from the disk what was deleted. */
  overwriteDeleted(): Promise<void>;
}
