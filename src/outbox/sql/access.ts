/**
 * What an outbox in SQL needs of the way to its database.
 *
 * @module
 */

import type { Engine } from "./engine.ts";
import type { Steps } from "./steps.ts";

/**
 * What a transaction may write:
 *
 * - `all`: everything, alone;
 * - `people`: the rows of these people, and the slots and wake-ups of {@linkcode Engine.lockLimits};
 * - `claim`: what {@linkcode Engine.tryLocks} returns.
 */
export type Scope =
  | {
    readonly kind: "all";
    readonly isAwaited?: undefined;
    /** Whether the outbox may begin to wait for somebody's answer by it: see `Outbox.awaited`. */
    readonly addsAwaited?: boolean | undefined;
  }
  | {
    readonly kind: "people";
    readonly people: readonly string[];
    readonly addsAwaited?: boolean | undefined;
    /** Whether the homeserver waits for it: it does not wait for workers. */
    readonly isAwaited?: boolean | undefined;
  }
  | {
    readonly kind: "claim";
    /** Whether it also takes slots of the limit of all mails, for which it waits at its begin. */
    readonly overall: boolean;
    readonly isAwaited?: undefined;
    readonly addsAwaited?: undefined;
  };

/** Everything, alone. */
export const ALL: Scope = { kind: "all" };

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
   * @param scope What it may write; everything unless it is set.
   */
  commit<Result>(
    work: (database: Engine, now: number) => Steps<Result>,
    scope?: Scope,
  ): Promise<Result>;
  /** Runs work that changes nothing. */
  read<Result>(work: (database: Engine) => Steps<Result>): Promise<Result>;
  /** The time of the clock that all processes share, in milliseconds UTC. */
  now(): number;
  /**
   * A number that changes when another process commits what may add to those awaited, by then at the
   * latest when that has resolved there; `undefined` while that cannot be known at once.
   */
  foreignCommits(): number | undefined;
  /** Tells other processes that there may be work. */
  announceWork(): void;
  /** Calls the listener when other processes may have made work. */
  onWorkOfOthers(listener: () => void): void;
  /** Rejects if what is committed would not be found again, or nothing can be committed. */
  check(): Promise<void>;
  /** Removes from the disk what was deleted. */
  overwriteDeleted(): Promise<void>;
}
