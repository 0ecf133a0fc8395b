/**
 * Opens an outbox in an SQLite file, the embedded default. One service owns the file.
 *
 * @module
 */

import type { Change } from "../../domain/invitation.ts";
import { foldAscii, isLocal } from "../../domain/user_id.ts";
import { DAY, MINUTE } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { letOthersIn } from "../../system/let_others_in.ts";
import { indexBody } from "../fold.ts";
import type { Gathering } from "../gather.ts";
import type {
  Claim,
  InvitationClaimOptions,
  InvitationOutcome,
  MailClaimOptions,
  MailOutcome,
  Outbox,
  Recorded,
  RecordOptions,
  Work,
} from "../port.ts";
import type { StopRules } from "../suppressed.ts";
import type { StopHash } from "../suppressions.ts";
import { refreshAddressHashes } from "./address_hashes.ts";
import { openRecords } from "./administration.ts";
import { pruneBounces, recordBounce } from "./bounces/record.ts";
import { Database } from "./database.ts";
import { regroup } from "./gathering/regroup.ts";
import { claimInvitations, requeueInvitations, settleClaimedInvitation } from "./invitations.ts";
import { LeaseTimes } from "./lease_times.ts";
import { hasWork, leasedRows, nextDue, pullBack, resume } from "./leases.ts";
import { wakeAll } from "./limits.ts";
import { claimMails, requeueMails, settleClaimedMail } from "./mails.ts";
import { readCreation, readSecret, refreshOwn, rememberCreation, storeOutage } from "./meta.ts";
import { pruneKeys, readCatchingUp, recordChanges, storeCatchingUp } from "./record.ts";
import { readCounts, readHistories, readOpenInvitations } from "./reports.ts";
import { pruneFinishedSlice, pruneSlots } from "./retention.ts";
import { openTurns, ROWS_PER_SLICE } from "./slices.ts";
import { openSuppressions } from "./suppressions.ts";

// Keys are kept at least that long, in case the age limit is raised later.
const MIN_KEEP_KEYS_MS = 30 * DAY;
const KEYS_PER_SLICE = 2000;
const DEFAULT_LEASE_MS = 15 * MINUTE;
const DEFAULT_LONGEST_PAUSE_MS = 7 * DAY;

/** What an SQLite outbox is opened with. */
export interface SqliteOutboxOptions {
  /** The database file. It is created if it is missing, readable by its owner only. */
  readonly file: string;
  readonly clock: Clock;
  /** The hash of addresses, rooms and inviters in links, from the outbox's secret. */
  readonly stopHash: (secret: Uint8Array) => StopHash;
  /** The homeserver's name. Its own users' invitations come first. */
  readonly domain: string;
  /** The maximum age of an invite, in milliseconds: keys are remembered for at least as long. */
  readonly maxAge: number;
  /** How long a claim holds, in milliseconds; 15 minutes unless it is set. */
  readonly lease?: number | undefined;
  /**
   * How long a row may have to wait, in milliseconds; a week unless it is set. What is due later was
   * stored while the clock was ahead, and is due at once.
   */
  readonly longestPause?: number | undefined;
  /** How mails gather; if it is not set, each is about one invitation. */
  readonly gathering?: Gathering | undefined;
  /** `false` for commands that read beside the running service. */
  readonly owner?: boolean | undefined;
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
    const secret = database.read(() => readSecret(database));
    const hash = options.stopHash(secret);
    if (owner) rememberCreation(database, clock.now());
    if (owner) {
      refreshAddressHashes(database, hash, clock.now());
      refreshOwn(database, foldAscii(options.domain));
      takeOverLeases(database, clock.now());
      regroup(database, options.gathering !== undefined, clock.now());
      database.transaction(() => {
        wakeAll(database);
        pullBack(database, clock.now(), options.longestPause ?? DEFAULT_LONGEST_PAUSE_MS);
      });
    }
    return outboxIn(database, secret, hash, options);
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

function takeOverLeases(database: Database, now: number): void {
  database.transaction(() => {
    requeueInvitations(database, leasedRows(database, "invitations"), now);
    requeueMails(database, leasedRows(database, "mails"), now);
  });
}

function outboxIn(
  database: Database,
  secret: Uint8Array,
  hash: StopHash,
  options: SqliteOutboxOptions,
): Outbox {
  const { clock, domain, maxAge, gathering } = options;
  const { lease = DEFAULT_LEASE_MS, longestPause = DEFAULT_LONGEST_PAUSE_MS } = options;
  const rules: StopRules = {
    hash,
    isOutside: (inviter) => !isLocal(inviter, domain),
  };
  const mailRules = { rules, gathering };
  const gathers = gathering !== undefined;
  const listeners = new Set<() => void>();
  const leases = new LeaseTimes(clock, lease);
  let latest = clock.now();
  const keepFor = Math.max(maxAge, MIN_KEEP_KEYS_MS);
  const takeTurns = openTurns(clock);

  // Every method is asynchronous, so that what SQLite throws becomes a rejection.
  function commit<Result>(work: (now: number) => Result): Promise<Result> {
    return takeTurns(() => {
      const result = database.transaction(() => {
        const now = clock.now();
        if (now < latest - MINUTE) {
          wakeAll(database);
          pullBack(database, now, longestPause);
        }
        latest = now;
        return work(now);
      });
      if (database.madeWork) announceWork();
      database.madeWork = false;
      return result;
    });
  }
  async function claim<Item extends Claim>(
    work: Work,
    take: (now: number) => readonly Item[],
  ): Promise<readonly Item[]> {
    const expired = leases.expired(work);
    const claimed = await commit((now) => {
      const requeue = work === "mails" ? requeueMails : requeueInvitations;
      requeue(database, leasedRows(database, work, expired.map(({ id }) => id)), now);
      return take(now);
    });
    for (const ended of expired) leases.end(work, ended);
    for (const begun of claimed) leases.begin(work, begun);
    return claimed;
  }
  // deno-lint-ignore require-await
  async function read<Result>(work: () => Result): Promise<Result> {
    return database.read(work);
  }
  function announceWork(): void {
    for (const listener of [...listeners]) listener();
  }

  const access = { database, hash, clock, commit, read, announceWork };
  const records = openRecords(access);
  return {
    secret,
    createdAt: database.read(() => readCreation(database)) ?? clock.now(),
    suppressions: openSuppressions(access, rules),
    bounces: {
      async record(mail, bounce) {
        const recorded = await commit((now) => recordBounce(database, mail, bounce, hash, now));
        if (recorded.kind === "recorded" && recorded.next !== undefined) announceWork();
        return recorded;
      },
    },
    records,
    async record(changes: readonly Change[], recordOptions: RecordOptions) {
      const recorded: Recorded[] = [];
      const body = indexBody(changes);
      const keepKeysUntil = recordOptions.receivedAt + keepFor;
      for (let offset = 0; offset < changes.length; offset += ROWS_PER_SLICE) {
        if (offset > 0) await letOthersIn();
        const slice = changes.slice(offset, offset + ROWS_PER_SLICE);
        const options = { ...recordOptions, domain, keepKeysUntil, body, offset };
        const results = await commit(() => recordChanges(database, slice, options));
        if (results.some(({ kind }) => kind === "seen")) announceWork();
        recorded.push(...results);
      }
      return recorded;
    },
    catchingUpSince: () => read(() => readCatchingUp(database)),
    setCatchingUp: (since) => commit(() => storeCatchingUp(database, since)),
    setOutage: (work, outage) => commit(() => storeOutage(database, work, outage)),
    openInvitations: (after, count) => read(() => readOpenInvitations(database, after, count)),
    expectsAnswers: (sentSince) => read(() => hasWork(database, sentSince)),
    claimInvitations: (count: number, claimOptions: InvitationClaimOptions = {}) =>
      claim(
        "invitations",
        (now) => claimInvitations(database, count, claimOptions, now, now + lease),
      ),
    async settleInvitation(claim: Claim, outcome: InvitationOutcome) {
      const { settled, makesWork } = await commit((now) =>
        settleClaimedInvitation(database, claim, outcome, { now, rules, gathers })
      );
      leases.end("invitations", claim);
      if (makesWork) announceWork();
      return settled;
    },
    claimMails: (claimOptions: MailClaimOptions) =>
      claim("mails", (now) => claimMails(database, claimOptions, mailRules, now, now + lease)),
    async settleMail(claim: Claim, outcome: MailOutcome) {
      const { settled, makesWork } = await commit((now) =>
        settleClaimedMail(database, claim, outcome, now, mailRules)
      );
      leases.end("mails", claim);
      if (makesWork) announceWork();
      return settled;
    },
    async resume(work: Work, before: number) {
      for (let resumed = 0;;) {
        const rows = await commit((now) => resume(database, work, before, now, ROWS_PER_SLICE));
        if (rows > 0) announceWork();
        resumed += rows;
        if (rows < ROWS_PER_SLICE) return resumed;
        await letOthersIn();
      }
    },
    hold: (work: Work, { id }: Claim) => leases.hold(work, id),
    nextDue: (work: Work, ownOnly = false) =>
      read(() => {
        const times = [nextDue(database, work, ownOnly), leases.next(work)];
        const known = times.filter((time) => time !== undefined);
        return known.length === 0 ? undefined : Math.min(...known);
      }),
    onWork(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async prune() {
      for (let pruned = 0;;) {
        const keys = await commit((now) => pruneKeys(database, now, KEYS_PER_SLICE));
        pruned += keys;
        if (keys < KEYS_PER_SLICE) return pruned;
        await letOthersIn();
      }
    },
    async pruneFinished(before) {
      await commit((now) => {
        pruneSlots(database, now);
        pruneBounces(database, now);
      });
      let pruned = 0;
      for (let after: number | undefined = 0; after !== undefined;) {
        const from: number = after;
        const slice = await commit((now) => pruneFinishedSlice(database, before, from, hash, now));
        pruned += slice.invitations;
        after = slice.after;
        await letOthersIn();
      }
      return pruned;
    },
    counts: () => read(() => readCounts(database)),
    histories: (invitee, count) => read(() => readHistories(database, invitee, count)),
    async check() {
      await database.opened();
      await read(() => database.refuseLost());
      // A command beside the service may have made work.
      if (await read(() => database.hasForeignCommits())) announceWork();
      if (clock.now() >= latest - MINUTE) return;
      await commit(() => {});
      announceWork();
    },
    [Symbol.asyncDispose]() {
      listeners.clear();
      database[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
