/**
 * Remembers the people whose answers could change something, so that a transaction without any of them
 * costs no query and no parsing.
 *
 * Everybody who could matter is among them, others may be: people are added before what concerns them
 * is committed, and taken out only by reading all of them again. Until that has ended, and as soon as
 * something may have been made outside `record`, by this process or another one, they are not known.
 *
 * @module
 */

import type { Change } from "../../../domain/invitation.ts";
import { hashUserId } from "../../../domain/user_id_hash.ts";
import { MINUTE } from "../../../settings/duration.ts";
import type { Clock } from "../../../system/clock.ts";
import { letOthersIn } from "../../../system/let_others_in.ts";
import type { Access } from "../access.ts";
import { IDS_PER_READ, readPeople } from "./read.ts";

// After that, people are read again, as most of them have ceased to matter.
const MAX_AGE_MS = 10 * MINUTE;

/** The people, by the hashes of their user IDs. */
export class AwaitedPeople {
  readonly #access: Pick<Access, "read" | "foreignCommits">;
  readonly #clock: Pick<Clock, "monotonic">;
  #people = new Set<number>();
  #known: Reading | undefined;
  // What is being read at the moment.
  #next: Set<number> | undefined;
  // Whose invitations are being stored: reading may not find them yet.
  readonly #recording = new Set<readonly number[]>();

  constructor(
    access: Pick<Access, "read" | "foreignCommits">,
    clock: Pick<Clock, "monotonic">,
  ) {
    this.#access = access;
    this.#clock = clock;
  }

  /** Adds the invited, before their invitations are stored; the result is disposed of when they are. */
  add(changes: readonly Change[]): Disposable {
    const invited: number[] = [];
    for (const change of changes) {
      if (change.kind === "answer") continue;
      const hash = hashUserId(change.invitation.invitee);
      invited.push(hash);
      this.#people.add(hash);
      this.#next?.add(hash);
    }
    this.#recording.add(invited);
    return { [Symbol.dispose]: () => void this.#recording.delete(invited) };
  }

  /** Something was committed that may concern anybody. */
  invalidate(): void {
    this.#known = undefined;
    this.#next = undefined;
  }

  /**
   * The people; `undefined` while they are not known.
   *
   * @param sentSince See `Outbox.expectsAnswers`.
   */
  async current(sentSince = Infinity): Promise<ReadonlySet<number> | undefined> {
    const version = this.#access.foreignCommits();
    if (version === undefined) return undefined;
    const isKnown = () => this.#known?.version === version && this.#known.sentSince <= sentSince;
    const now = this.#clock.monotonic();
    if (!isKnown() || now - (this.#known?.at ?? now) >= MAX_AGE_MS) {
      if (!isKnown()) this.#known = undefined;
      if (this.#next === undefined) await this.#read({ version, sentSince, at: now });
    }
    return isKnown() ? this.#people : undefined;
  }

  // Resolves when all has been read, or when the rest is read meanwhile.
  async #read(reading: Reading): Promise<void> {
    const people = new Set([...this.#recording].flat());
    this.#next = people;
    const parts = this.#readParts(people, reading);
    try {
      if ((await parts.next()).done) return;
    } catch (error) {
      this.#giveUp(people);
      throw error;
    }
    void (async () => {
      try {
        do await letOthersIn(); while (this.#next === people && !(await parts.next()).done);
      } catch {
        // The database is unavailable or closed: if not for ever, they are read again.
        this.#giveUp(people);
      }
    })();
  }

  #giveUp(people: Set<number>): void {
    if (this.#next === people) this.invalidate();
  }

  async *#readParts(people: Set<number>, reading: Reading): AsyncGenerator<void> {
    // In this order: what becomes a mail meanwhile is seen as a mail at the latest.
    for (const table of ["invitations", "mails"] as const) {
      for (let after = 0, last = Infinity; after < last; after += IDS_PER_READ) {
        if (after > 0) yield;
        const part = await this.#access.read((database) =>
          readPeople(database, table, after, reading.sentSince)
        );
        for (const person of part.people) people.add(hashUserId(person));
        last = part.last;
      }
    }
    // Something may have been committed meanwhile.
    if (this.#next !== people) return;
    this.#next = undefined;
    this.#people = people;
    this.#known = reading;
  }
}

interface Reading {
  /** What other processes had committed when it began. */
  readonly version: number;
  readonly sentSince: number;
  readonly at: number;
}
