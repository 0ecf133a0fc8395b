/**
 * The outbox in an SQLite file: the embedded default. One service owns the file.
 *
 * @module
 */

import type { Change, InvitationState, MailState } from "../../domain/invitation.ts";
import { DAY, type Limit, MINUTE } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import {
  type Claim,
  type Counts,
  type InvitationOutcome,
  type MailClaimOptions,
  type MailOutcome,
  type Outbox,
  OutboxError,
  type RecordOptions,
  type Work,
} from "../port.ts";
import type { StopHash, Suppressions } from "../suppressions.ts";
import { Database } from "./database.ts";
import { claimInvitations, releaseExpiredInvitations, settleInvitation } from "./invitations.ts";
import { claimMails, requeueExpiredMails, settleMail } from "./mails.ts";
import { recordChanges } from "./record.ts";
import { searchWaiting } from "./suppress_waiting.ts";
import {
  isAlreadySuppressed,
  liftSuppressions,
  listSuppressions,
  stateOf,
  suppress,
  undo,
} from "./suppressions.ts";
import { readHistories } from "./timeline.ts";

// Keys are kept at least so long, so that a later, longer age limit finds them.
const KEEP_KEYS_AT_LEAST = 30 * DAY;

/** What an SQLite outbox is opened with. */
export interface SqliteOutboxOptions {
  /** The database's file; it is made, readable by its owner alone, when it is missing. */
  readonly file: string;
  /** The time. */
  readonly clock: Clock;
  /** What addresses, rooms and inviters are hashed with in links, from the outbox's secret. */
  readonly stopHash: (secret: Uint8Array) => StopHash;
  /** How old an invite may be, in milliseconds: keys are remembered for at least as long. */
  readonly maxAge: number;
  /**
   * How long something may be worked on, in milliseconds, before it is given to somebody else;
   * a quarter of an hour unless it is set.
   */
  readonly lease?: number;
  /** `false` for commands that look on beside the running service. */
  readonly owner?: boolean;
}

/**
 * Opens the outbox. Its owner takes over all leases at once: whoever had them is dead.
 *
 * @throws {OutboxError} `refused` when the file has another owner, is not ours or is newer.
 */
export function openSqliteOutbox(options: SqliteOutboxOptions): Outbox {
  const { file, clock, owner = true } = options;
  const database = Database.open(file, owner);
  try {
    if (owner) takeOverLeases(database, clock.now());
    return outboxIn(database, options);
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

function takeOverLeases(database: Database, now: number): void {
  database.transaction(() => {
    releaseExpiredInvitations(database, Infinity);
    requeueExpiredMails(database, Infinity, now);
  });
}

function outboxIn(database: Database, options: SqliteOutboxOptions): Outbox {
  const { clock, lease = 15 * MINUTE } = options;
  const listeners = new Set<() => void>();
  const keepFor = Math.max(options.maxAge, KEEP_KEYS_AT_LEAST);
  const secret = database.read(() => readSecret(database));
  const hash = options.stopHash(secret);

  // Every method is asynchronous, so that what SQLite throws becomes a rejection.
  // deno-lint-ignore require-await
  async function commit<Result>(work: (now: number) => Result): Promise<Result> {
    return database.transaction(() => work(clock.now()));
  }
  function announceWork(): void {
    for (const listener of [...listeners]) listener();
  }
  // deno-lint-ignore require-await
  async function read<Result>(work: () => Result): Promise<Result> {
    return database.read(work);
  }

  const suppressions: Suppressions = {
    hash,
    stateOf: (mail) => read(() => stateOf(database, mail, hash)),
    async suppress(mail, scope, reason) {
      // Mail clients ask again, and a search takes time.
      if (await read(() => isAlreadySuppressed(database, mail, scope))) return false;
      const waiting = await searchWaiting(database, mail, hash);
      return await commit((now) => suppress(database, mail, { scope, reason }, now, hash, waiting));
    },
    undo: (mail, scope, since) => commit(() => undo(database, mail, scope, since, hash)),
    list: () => read(() => listSuppressions(database)),
    lift: (selector) => commit(() => liftSuppressions(database, selector, hash)),
  };
  return {
    secret,
    suppressions,
    async record(changes: readonly Change[], recordOptions: RecordOptions) {
      const recorded = await commit(() =>
        recordChanges(database, changes, {
          ...recordOptions,
          keepKeysUntil: (originTs) => Math.max(originTs, recordOptions.receivedAt) + keepFor,
        })
      );
      if (recorded.some(({ kind }) => kind === "seen")) announceWork();
      return recorded;
    },
    expectsAnswers: () => read(() => hasOpen(database)),
    claimInvitations: (count: number) =>
      commit((now) => claimInvitations(database, count, now, now + lease)),
    async settleInvitation(claim: Claim, outcome: InvitationOutcome, perInviter: Limit | null) {
      const settled = await commit((now) =>
        settleInvitation(database, claim, outcome, {
          now,
          perInviter,
          hash,
        })
      );
      const ended = outcome.kind === "skipped" || outcome.kind === "failed";
      const waits = settled.kind === "settled" || settled.kind === "limited";
      if (waits && !ended) announceWork();
      return settled;
    },
    claimMails: (claimOptions: MailClaimOptions) =>
      commit((now) => claimMails(database, claimOptions, now, now + lease)),
    async settleMail(claim: Claim, outcome: MailOutcome) {
      if (await commit((now) => settleMail(database, claim, outcome, now))) announceWork();
    },
    nextDue: (work: Work) => read(() => nextDue(database, work)),
    onWork(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    prune: () => commit((now) => database.run("DELETE FROM seen WHERE until < ?", now)),
    counts: () => read(() => counts(database)),
    histories: (invitee, count) => read(() => readHistories(database, invitee, count)),
    // deno-lint-ignore require-await
    async [Symbol.asyncDispose]() {
      listeners.clear();
      database[Symbol.dispose]();
    },
  };
}

function readSecret(database: Database): Uint8Array {
  const secret = database.get("SELECT value FROM meta WHERE key = 'secret'")?.value;
  if (secret instanceof Uint8Array) return secret;
  throw new OutboxError("refused", "the outbox has lost its secret: use another file");
}

function hasOpen(database: Database): boolean {
  const row = database.get(
    `SELECT EXISTS (SELECT 1 FROM invitations WHERE state = 'pending' AND lease_until IS NULL)
       OR EXISTS (SELECT 1 FROM invitations WHERE lease_until IS NOT NULL)
       OR EXISTS (SELECT 1 FROM mails WHERE state = 'queued')
       OR EXISTS (SELECT 1 FROM mails WHERE state = 'sending') AS open`,
  );
  return row?.open === 1;
}

const NEXT_DUE: Readonly<Record<Work, string>> = {
  invitations: `SELECT min(at) AS at FROM (
    SELECT min(due_at) AS at FROM invitations WHERE state = 'pending' AND lease_until IS NULL
    UNION ALL SELECT min(lease_until) FROM invitations WHERE lease_until IS NOT NULL)`,
  mails: `SELECT min(at) AS at FROM (
    SELECT min(due_at) AS at FROM mails WHERE state = 'queued'
    UNION ALL SELECT min(lease_until) FROM mails WHERE state = 'sending')`,
};

function nextDue(database: Database, work: Work): number | undefined {
  return (database.get(NEXT_DUE[work])?.at ?? undefined) as number | undefined;
}

function counts(database: Database): Counts {
  function byState<State extends string>(table: string): Partial<Record<State, number>> {
    const rows = database.all(`SELECT state, count(*) AS n FROM ${table} GROUP BY state`);
    return Object.fromEntries(rows.map((row) => [row.state, row.n])) as Partial<
      Record<State, number>
    >;
  }
  return {
    invitations: byState<InvitationState>("invitations"),
    mails: byState<MailState>("mails"),
  };
}
