/**
 * Follows whether the homeserver is catching up after a downtime, and holds back what is pending as
 * long as it is.
 *
 * @module
 */

import type { Outbox } from "../../outbox/port.ts";
import { DAY, formatDuration, HOUR, MINUTE, SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import type { Halt } from "../worker.ts";
import {
  afterTransaction,
  atTime,
  type CatchingUp,
  MAX_FRESH_AGE_MS,
  NOT_CATCHING_UP,
  QUIET_MS,
  START_WAIT_MS,
  waitsFor,
} from "./catching_up.ts";
import { newestOwnAge } from "./event_age.ts";

const log = openLog("accept");

// Parsing costs: while everything is usual, a body without anything of interest is looked at no more
// often than this, and a large one never.
const LOOK_EVERY_MS = SECOND;
const MAX_LOOKED_AT_BYTES = 256 * 1024;
// Of one downtime. The others are counted.
const MAX_TOO_OLD_ROWS = 1000;

/** What following the homeserver needs. */
export interface CatchUpOptions {
  readonly outbox: Pick<Outbox, "catchingUpSince" | "setCatchingUp" | "nextDue">;
  readonly clock: Clock;
  /** The homeserver's name: only events of its own people count. */
  readonly domain: string;
}

/** What became of the events of a transaction. */
export interface Tally {
  /** How many invitations are pending now. */
  readonly invites: number;
  /** How many of them are older than invites may usually be. */
  readonly late: number;
  /** How many invitations were answered. */
  readonly answered: number;
  /** How many invites are too old. */
  readonly tooOld: number;
  /** How many of those have rows. */
  readonly tooOldRows: number;
}

/** A transaction on its way to the disk. */
export interface Passage {
  /** Whether it is part of what the homeserver has to catch up with. */
  readonly catchingUp: boolean;
  /**
   * From when on its invitees have had time to answer, in milliseconds UTC. All that comes in the
   * course of catching up has the same, so that a person's invitations of a downtime share a mail.
   */
  readonly waitsSince: number;
  /** How many more invites that are too old get a row. */
  readonly tooOldRows: number;
  /** Its changes are on disk. */
  recorded(tally?: Tally): void;
}

const NOTHING: Tally = { invites: 0, late: 0, answered: 0, tooOld: 0, tooOldRows: 0 };

/** Follows the homeserver. */
export class CatchUp implements Halt {
  readonly #options: CatchUpOptions;
  readonly #listeners = new Set<() => void>();
  #state: CatchingUp = NOT_CATCHING_UP;
  /** Whether the database says that the homeserver is catching up. */
  #isStored = false;
  /** When the homeserver began to catch up, in milliseconds UTC. */
  #since = 0;
  #lookedAt = -Infinity;
  #transactions = 0;
  #sum = NOTHING;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /**
   * Continues where the last process ended. Where something should have been done long ago, that was a
   * downtime: then the homeserver has some seconds to begin to send the answers.
   *
   * @throws {OutboxError} When the database cannot be read.
   */
  async resume(): Promise<void> {
    const { outbox, clock } = this.#options;
    const now = clock.monotonic();
    const since = await outbox.catchingUpSince();
    if (since !== undefined) {
      this.#isStored = true;
      this.#since = since;
      this.#enter({ kind: "yes", since: now, quietAt: now + QUIET_MS }, { resumed: true });
      return;
    }
    const dues = [await outbox.nextDue("invitations"), await outbox.nextDue("mails")];
    const longAgo = clock.now() - MAX_FRESH_AGE_MS;
    if (!dues.some((due) => due !== undefined && due < longAgo)) return;
    this.#state = { kind: "starting", until: now + START_WAIT_MS };
    log.info("waiting for the homeserver", { seconds: START_WAIT_MS / SECOND });
  }

  /** Whether to look into a body that says nothing about invitations. */
  looksInto(bytes: number): boolean {
    if (bytes > MAX_LOOKED_AT_BYTES) return false;
    const { kind } = this.#state;
    return kind === "yes" || kind === "starting" ||
      this.#options.clock.monotonic() - this.#lookedAt >= LOOK_EVERY_MS;
  }

  /**
   * A transaction arrived.
   *
   * @param events `undefined` if it was not looked into.
   * @throws {OutboxError} When it cannot be stored that the homeserver is catching up.
   */
  async arrived(events: readonly unknown[] | undefined, receivedAt: number): Promise<Passage> {
    const { clock, domain } = this.#options;
    const now = clock.monotonic();
    this.#enter(atTime(this.#state, now));
    if (events !== undefined) this.#lookedAt = now;
    const age = events && newestOwnAge(events, domain, receivedAt, MAX_FRESH_AGE_MS);
    const next = afterTransaction(this.#state, age, now);
    // Only once its answers are on disk.
    const isLast = next.kind === "no" && this.#state.kind !== "no";
    if (!isLast) {
      if (this.#state.kind !== "yes") this.#since = receivedAt;
      this.#enter(next, { newest: formatSpan(age ?? 0) });
      await this.#store();
    }
    const catchingUp = this.#state.kind === "yes";
    return {
      catchingUp,
      waitsSince: catchingUp && !isLast ? Math.min(this.#since, receivedAt) : receivedAt,
      tooOldRows: Math.max(0, MAX_TOO_OLD_ROWS - this.#sum.tooOldRows),
      recorded: (tally = NOTHING) => {
        if (catchingUp) this.#count(tally);
        if (isLast) this.#enter(NOT_CATCHING_UP, { reason: "its newest events are new" });
      },
    };
  }

  async left(): Promise<number | undefined> {
    const now = this.#options.clock.monotonic();
    this.#enter(atTime(this.#state, now));
    await this.#store();
    return waitsFor(this.#state, now);
  }

  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // Enters the next state, and tells what that means.
  #enter(next: CatchingUp, data: Readonly<Record<string, unknown>> = {}): void {
    const before = this.#state.kind;
    this.#state = next;
    if (next.kind === before) return;
    if (next.kind === "yes") {
      this.#transactions = 0;
      this.#sum = NOTHING;
      log.info("homeserver is catching up", data);
    } else if (before === "yes") {
      const reason = next.kind === "given up" ? "it takes too long" : "it is quiet";
      const { tooOldRows: _, ...figures } = this.#sum;
      const transactions = this.#transactions;
      log.info("homeserver has caught up", { reason, ...data, transactions, ...figures });
    }
    const isHeld = (kind: CatchingUp["kind"]) => kind === "yes" || kind === "starting";
    if (isHeld(before) && !isHeld(next.kind)) {
      for (const listener of [...this.#listeners]) listener();
    }
  }

  #count({ invites, late, answered, tooOld, tooOldRows }: Tally): void {
    const sum = this.#sum;
    this.#transactions++;
    this.#sum = {
      invites: sum.invites + invites,
      late: sum.late + late,
      answered: sum.answered + answered,
      tooOld: sum.tooOld + tooOld,
      tooOldRows: sum.tooOldRows + tooOldRows,
    };
  }

  // A process that follows this one must know it before it works on anything.
  async #store(): Promise<void> {
    const isCatchingUp = this.#state.kind === "yes";
    if (isCatchingUp === this.#isStored) return;
    await this.#options.outbox.setCatchingUp(isCatchingUp ? this.#since : undefined);
    this.#isStored = isCatchingUp;
  }
}

// In the largest unit of which there are two at least: roughly is enough.
function formatSpan(milliseconds: number): string {
  const unit = [DAY, HOUR, MINUTE, SECOND].find((length) => milliseconds >= 2 * length) ?? SECOND;
  return formatDuration(Math.floor(milliseconds / unit) * unit);
}
