/**
 * Opens an outbox in SQL, whichever engine has its tables.
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
import type { Access } from "./access.ts";
import { refreshAddressHashes } from "./address_hashes.ts";
import { openRecords } from "./administration.ts";
import { AwaitedPeople } from "./awaited/people.ts";
import { recordBounce } from "./bounces/record.ts";
import { openCommits } from "./committing.ts";
import type { Engine } from "./engine.ts";
import { regroup } from "./gathering/regroup.ts";
import { readCatchingUp, storeCatchingUp, storeOutage } from "./holds.ts";
import { claimInvitations, requeueInvitations, settleClaimedInvitation } from "./invitations.ts";
import { hasWork, leasedRows, pullBack, resume } from "./leases.ts";
import { isHeld, lapsedRows, nextTime, renewLeases } from "./leasing/shared.ts";
import { LeaseTimes } from "./leasing/times.ts";
import { wakeAll } from "./limits.ts";
import { claimMails, requeueMails, settleClaimedMail } from "./mails.ts";
import { readCreation, readSecret, refreshOwn, rememberCreation } from "./meta.ts";
import { recordChanges, scopeOf } from "./record.ts";
import { readCounts, readHistories, readOpenInvitations } from "./reports.ts";
import { pruneAllKeys, pruneFinished, pruneUncounted } from "./retention.ts";
import type { Steps } from "./steps.ts";
import { openSuppressions } from "./suppressions.ts";
import {
  commit,
  read,
  ROWS_PER_SLICE,
  type Transaction,
  type Transactions,
} from "./transactions.ts";

// Keys are kept at least that long, in case the age limit is raised later.
const MIN_KEEP_KEYS_MS = 30 * DAY;
const DEFAULT_LEASE_MS = 15 * MINUTE;
const DEFAULT_LONGEST_PAUSE_MS = 7 * DAY;

/** What an outbox in SQL is opened with. */
export interface SqlOutboxOptions {
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
  /** Both as they are at any time, if they may change while the outbox is open. */
  readonly times?: (() => Pick<SqlOutboxOptions, "maxAge" | "longestPause">) | undefined;
  /** How mails gather; if it is not set, each is about one invitation. */
  readonly gathering?: Gathering | undefined;
  /** `false` for commands that read beside the running service. */
  readonly owner?: boolean | undefined;
}

/** What an outbox is known by. */
export interface Identity {
  readonly secret: Uint8Array;
  readonly createdAt: number;
  readonly hash: StopHash;
}

/**
 * Prepares the tables for the service, and reads what the outbox is known by. If the outbox has one owner
 * at a time, that takes over all leases at once: the process that had them has ended.
 */
export function* prepare(
  options: SqlOutboxOptions,
  { hasOneOwner, now }: Pick<Access, "hasOneOwner" | "now">,
): Transactions<Identity> {
  const { domain, gathering, longestPause = DEFAULT_LONGEST_PAUSE_MS, owner = true } = options;
  const secret = yield* read(readSecret);
  const hash = options.stopHash(secret);
  if (owner) {
    if ((yield* read(readCreation)) === undefined) yield* commit(rememberCreation);
    yield* refreshAddressHashes(hash);
    yield* refreshOwn(foldAscii(domain));
    if (hasOneOwner) yield* commit(takeOverLeases);
    yield* regroup(gathering !== undefined);
    yield* commit(function* (database, now) {
      yield* wakeAll(database);
      yield* pullBack(database, now, longestPause);
    });
  }
  return { secret, hash, createdAt: (yield* read(readCreation)) ?? now() };
}

function* takeOverLeases(database: Engine, now: number): Steps<void> {
  yield* requeueInvitations(database, yield* leasedRows(database, "invitations"), now);
  yield* requeueMails(database, yield* leasedRows(database, "mails"), now);
}

/** Opens an outbox whose tables are prepared. */
export function openSqlOutbox(
  access: Access,
  { secret, createdAt, hash }: Identity,
  options: SqlOutboxOptions,
): Outbox {
  const { clock, domain, gathering, lease = DEFAULT_LEASE_MS, times = () => options } = options;
  const rules: StopRules = {
    hash,
    isOutside: (inviter) => !isLocal(inviter, domain),
  };
  const mailRules = { rules, gathering };
  const gathers = gathering !== undefined;
  const listeners = new Set<() => void>();
  const leases = new LeaseTimes(clock, lease);
  const commits = openCommits(access, {
    longestPause: () => times().longestPause ?? DEFAULT_LONGEST_PAUSE_MS,
    onWork: () => announceWork(),
  });
  const commitWork = commits.commit;

  async function claim<Item extends Claim>(
    work: Work,
    overall: boolean,
    personOf: (item: Item) => string,
    take: (database: Engine, now: number) => Steps<readonly Item[]>,
  ): Promise<readonly Item[]> {
    const expired = leases.expired(work);
    const claimed = await commitWork(function* (database, now) {
      const requeue = work === "mails" ? requeueMails : requeueInvitations;
      const rows = access.hasOneOwner
        ? yield* leasedRows(database, work, expired.map(({ id }) => id))
        : yield* lapsedRows(database, work, leases.running(work), now);
      yield* requeue(database, rows, now);
      return yield* take(database, now);
    }, { kind: "claim", overall });
    for (const ended of expired) leases.end(work, ended);
    for (const item of claimed) {
      const { id, fence } = item;
      leases.begin(work, { id, fence, person: personOf(item) });
    }
    return claimed;
  }
  function notify(): void {
    for (const listener of [...listeners]) listener();
  }
  function announceWork(): void {
    notify();
    access.announceWork();
  }

  access.onWorkOfOthers(notify);
  const awaited = new AwaitedPeople(access, clock);
  // What is not the usual way of an invitation, and so may begin to wait for somebody again.
  async function commitUnusual<Result>(work: Transaction<Result>): Promise<Result> {
    try {
      return await commitWork(work, { kind: "all", addsAwaited: true });
    } finally {
      awaited.invalidate();
    }
  }
  const ways = { access, hash, commit: commitUnusual, announceWork };
  return {
    secret,
    createdAt,
    now: () => access.now(),
    suppressions: openSuppressions(ways, rules),
    bounces: {
      async record(mail, bounce) {
        const recorded = await commitUnusual((database, now) =>
          recordBounce(database, mail, bounce, hash, now)
        );
        if (recorded.kind === "recorded" && recorded.next !== undefined) announceWork();
        return recorded;
      },
    },
    records: openRecords(ways),
    async record(changes: readonly Change[], recordOptions: RecordOptions) {
      const recorded: Recorded[] = [];
      const body = indexBody(changes);
      using _recording = awaited.add(changes);
      const keepKeysUntil = recordOptions.receivedAt + Math.max(times().maxAge, MIN_KEEP_KEYS_MS);
      for (let offset = 0; offset < changes.length; offset += ROWS_PER_SLICE) {
        if (offset > 0) await letOthersIn();
        const slice = changes.slice(offset, offset + ROWS_PER_SLICE);
        const options = { ...recordOptions, domain, keepKeysUntil, body, offset };
        const results = await commitWork(
          (database) => recordChanges(database, slice, options),
          scopeOf(slice),
        );
        if (results.some(({ kind }) => kind === "seen")) announceWork();
        recorded.push(...results);
      }
      return recorded;
    },
    catchingUpSince: () => access.read(readCatchingUp),
    setCatchingUp: (since) => commitWork((database) => storeCatchingUp(database, since)),
    setOutage: (work, outage) => commitWork((database) => storeOutage(database, work, outage)),
    openInvitations: (after, count) =>
      access.read((database) => readOpenInvitations(database, after, count)),
    awaited: (sentSince) => awaited.current(sentSince),
    expectsAnswers: (sentSince) => access.read((database) => hasWork(database, sentSince)),
    claimInvitations: (count: number, claimOptions: InvitationClaimOptions = {}) =>
      claim(
        "invitations",
        false,
        ({ invitee }) => invitee,
        (database, now) => claimInvitations(database, count, claimOptions, now, now + lease),
      ),
    async settleInvitation(claim: Claim, outcome: InvitationOutcome) {
      const { settled, makesWork } = await commitWork(
        (database, now) =>
          settleClaimedInvitation(database, claim, outcome, { now, rules, gathers }),
        leases.scope("invitations", [claim]),
      );
      leases.end("invitations", claim);
      if (makesWork) announceWork();
      return settled;
    },
    claimMails: (claimOptions: MailClaimOptions) =>
      claim(
        "mails",
        (claimOptions.overall ?? null) !== null,
        ({ userId }) => userId,
        (database, now) => claimMails(database, claimOptions, mailRules, now, now + lease),
      ),
    async settleMail(claim: Claim, outcome: MailOutcome) {
      const { settled, makesWork } = await commitWork(
        (database, now) => settleClaimedMail(database, claim, outcome, now, mailRules),
        leases.scope("mails", [claim]),
      );
      leases.end("mails", claim);
      if (makesWork) announceWork();
      return settled;
    },
    async resume(work: Work, before: number) {
      for (let resumed = 0;;) {
        const rows = await commitWork((database, now) =>
          resume(database, work, before, now, ROWS_PER_SLICE)
        );
        if (rows > 0) announceWork();
        resumed += rows;
        if (rows < ROWS_PER_SLICE) return resumed;
        await letOthersIn();
      }
    },
    hold: (work: Work, { id }: Claim) => leases.hold(work, id),
    isHeld: (work, claim) => isHeld(access, leases, lease, work, claim),
    nextDue: (work: Work, ownOnly = false) =>
      access.read((database) => nextTime(database, work, ownOnly, { access, leases })),
    onWork(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async prune() {
      return await pruneAllKeys(commitWork);
    },
    async pruneFinished(before) {
      await pruneUncounted(commitWork);
      return await pruneFinished(commitWork, before, hash);
    },
    counts: () => access.read(readCounts),
    histories: (invitee, count) =>
      access.read((database) => readHistories(database, invitee, count)),
    async check() {
      await access.check();
      if (!access.hasOneOwner) await renewLeases(access, leases, lease);
      if (await commits.check()) announceWork();
    },
    [Symbol.asyncDispose]() {
      listeners.clear();
      return access[Symbol.asyncDispose]();
    },
  };
}
