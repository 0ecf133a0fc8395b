/**
 * Keepers of several services on a `meta` in memory, whose time and connections a test has in its hand.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  KEEPER,
  type Keeper,
  type Keeping,
  KeptByOther,
  momentOf,
  openKeeper,
  readKeeping,
} from "../../../src/outbox/postgresql/keeper.ts";
import type { Engine } from "../../../src/outbox/sql/engine.ts";
import { atOnce, type Steps } from "../../../src/outbox/sql/steps.ts";
import type { Clock } from "../../../src/system/clock.ts";

// After so many turns, of so many steps each, nothing goes on but what waits for the time.
const TURNS = 12;
const STEPS = 12;

/** A connection was lost while it committed. */
class Unknown extends Error {}

/** How a commit goes: as usual, or so that only the server knows of it, which ends it later. */
export type Commit = "answered" | "in doubt";

/** The database that the services share. */
export class SharedMeta {
  /** The time of all, in milliseconds. */
  time = 1_000_000;
  /** How far the server's clock is ahead of it. */
  ahead = 0;
  /** What stands in `meta`. */
  keeper: string | undefined;
  /** Whose rows wait, as everybody sees them. */
  readonly people = new Set<number>();
  readonly #unfinished: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is next the turn of what goes on. */
  nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets everything go on that does not wait for the time. */
  async settle(turns = TURNS): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      for (const resume of this.#waiting.splice(0)) resume();
      for (let step = 0; step < STEPS; step++) await Promise.resolve();
    }
  }

  /** Lets time pass. */
  async pass(milliseconds: number): Promise<void> {
    this.time += milliseconds;
    await this.settle();
  }

  /** Ends the commits of which only the server knows. */
  finish(): void {
    for (const finish of this.#unfinished.splice(0)) finish();
  }

  /** Whether the lock of all writers can be had. */
  get isFree(): boolean {
    return this.#unfinished.length === 0;
  }

  /** Has the server end this later. */
  postpone(finish: () => void): void {
    this.#unfinished.push(finish);
  }
}

/** A service, as far as the keeper is concerned. */
export class FakeService {
  readonly keeper: Keeper;
  isPaused = false;
  /** How far its clock is ahead. */
  ahead = 0;
  readonly #meta: SharedMeta;
  #isKilled = false;
  // Of its own, whom it knew before they were committed.
  readonly #added = new Set<number>();
  readonly #retrying = new Set<number>();
  #known: { readonly version: number; readonly people: Set<number> } | undefined;
  readonly #clock: Clock;

  constructor(meta: SharedMeta) {
    this.#meta = meta;
    this.#clock = {
      now: () => meta.time + this.ahead,
      monotonic: () => meta.time,
      sleep: async (milliseconds) => {
        const until = meta.time + milliseconds;
        do await this.#turn(); while (meta.time < until);
      },
    };
    this.keeper = openKeeper({
      clock: this.#clock,
      signal: new AbortController().signal,
      commit: (work) =>
        this.#transact((database) => work(database, meta.time + meta.ahead), () => meta.isFree),
      read: (work) => this.#transact(work),
      now: () => meta.time + meta.ahead,
      tell: () => {},
    });
  }

  /** Looks at the database, as a service does each second. */
  check(): Promise<void> {
    return this.#transact(function* () {});
  }

  /** Records an invite of somebody, whom it knows from then on. */
  async record(person: number, commit: Commit = "answered"): Promise<void> {
    this.#added.add(person);
    this.#known?.people.add(person);
    await this.#add(person, commit);
  }

  /** Makes somebody wait again whom it did not expect, such as by `outbox retry`. */
  async retry(person: number, commit: Commit = "answered"): Promise<void> {
    this.#retrying.add(person);
    try {
      await this.#add(person, commit);
    } finally {
      this.#known = undefined;
      this.#retrying.delete(person);
    }
  }

  /** Those for whom it believes that somebody waits; `undefined` if it has to ask. */
  awaited(): ReadonlySet<number> | undefined {
    const version = this.keeper.version();
    if (version === undefined) return undefined;
    if (this.#known?.version !== version) {
      this.#known = { version, people: new Set([...this.#meta.people, ...this.#added]) };
    }
    return this.#known.people;
  }

  /** Whether it has yet to be told that somebody waits again. */
  retries(person: number): boolean {
    return this.#retrying.has(person);
  }

  /** Kills it. */
  kill(): void {
    this.#isKilled = true;
  }

  async #add(person: number, commit: Commit): Promise<void> {
    const meta = this.#meta;
    for (;;) {
      try {
        return await this.#transact((_, keeping) =>
          atOnce(() => {
            this.keeper.refuseOther(keeping);
            if (commit === "answered") return void meta.people.add(person);
            meta.postpone(() => meta.people.add(person));
            throw new Unknown();
          })
        );
      } catch (error) {
        if (error instanceof Unknown) this.keeper.doubt();
        if (!(error instanceof KeptByOther)) throw error;
        await this.keeper.end(error.by);
      }
    }
  }

  // It is done at once, as if the locks had been held, but begins and is answered some time later.
  async #transact<Result>(
    work: (database: Engine, keeping: Keeping) => Steps<Result>,
    mayBegin = () => true,
  ): Promise<Result> {
    const began = momentOf(this.#clock);
    do await this.#turn(); while (!mayBegin());
    const keeping = readKeeping(this.#meta.keeper);
    try {
      return finish(work(engineOf(this.#meta), keeping));
    } finally {
      await this.#turn();
      this.keeper.observe(keeping, began);
    }
  }

  // What was killed does not go on.
  async #turn(): Promise<void> {
    do await this.#meta.nextTurn(); while (this.isPaused);
    if (this.#isKilled) await new Promise(() => {});
  }
}

function finish<Result>(work: Steps<Result>): Result {
  const { done, value } = work.next();
  if (!done) throw new TypeError(`nobody answers ${value.sql}`);
  return value;
}

// Of the tables it has what the keeper uses.
function engineOf(meta: SharedMeta): Engine {
  const engine: Pick<Engine, "get" | "run"> = {
    get: (_, key) =>
      atOnce(() => {
        assert.equal(key, KEEPER);
        return meta.keeper === undefined
          ? undefined
          : { value: new TextEncoder().encode(meta.keeper) };
      }),
    run: (sql, key, value) =>
      atOnce(() => {
        assert.equal(key, KEEPER);
        meta.keeper = sql.startsWith("DELETE")
          ? undefined
          : new TextDecoder().decode(value as Uint8Array);
        return 1;
      }),
  };
  return engine as Engine;
}
