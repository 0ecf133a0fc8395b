/**
 * Lets one service, the keeper, know whom all services wait for, so that a transaction without any of
 * them costs it no query.
 *
 * Who is the keeper stands in `meta`. Each transaction reads it with the time, under its locks: a service
 * that would begin to wait for somebody first ends another one's keeping, and that is over before it
 * commits. So an answer, which follows the 200 of its invite, meets no keeper that does not know of it.
 * The keeper believes for some seconds what a transaction read; for so long it is waited for, unless it
 * agrees before. Whatever fails, it has to ask.
 *
 * @module
 */

import { MINUTE, SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import type { Engine } from "../sql/engine.ts";
import { deleteMeta, readMetaText, storeMetaText } from "../sql/meta.ts";
import type { Steps } from "../sql/steps.ts";
import { parseObject } from "../stored_row.ts";

/** The key of `meta` under which it stands. */
export const KEEPER = "keeper";

/** How long the keeper believes what it read, in milliseconds. */
export const BELIEVED_MS = 3 * SECOND;
// The clocks of two machines run at slightly different rates.
const MARGIN_MS = SECOND / 2;
// Where several services record invites, none is the keeper for long.
const MIN_FREE_MS = 10 * MINUTE;
const LOOK_MS = 50;

/** What stands in `meta`. */
export type Keeping =
  | { readonly kind: "kept"; readonly by: string; readonly isEnding: boolean }
  /** Nobody is, since then, in milliseconds UTC. */
  | { readonly kind: "free"; readonly since: number };

/** Reads the value in `meta`; if it is missing or not valid, nobody is the keeper. */
export function readKeeping(text: string | undefined): Keeping {
  const { by, isEnding, since } = parseObject(text) ?? {};
  if (typeof by === "string") return { kind: "kept", by, isEnding: isEnding === true };
  return { kind: "free", since: typeof since === "number" ? since : -Infinity };
}

/** A moment by both clocks of the machine: one that was suspended shows in one of them. */
export interface Moment {
  readonly monotonic: number;
  readonly now: number;
}

/** A transaction would begin to wait for somebody, while another service is the keeper. */
export class KeptByOther extends Error {
  constructor(readonly by: string) {
    super("another service is the keeper");
  }
}

/** What the keeper is made of. */
export interface KeeperOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Runs work in a transaction of its own that may write everything. */
  commit<Result>(work: (database: Engine, now: number) => Steps<Result>): Promise<Result>;
  /** Runs work that changes nothing. */
  read<Result>(work: (database: Engine) => Steps<Result>): Promise<Result>;
  /** The time of the clock that all services share, in milliseconds UTC. */
  now(): number;
  /** Tells the others to look. */
  tell(): void;
}

/** This service's part in it. */
export interface Keeper {
  /**
   * A number while this service is the keeper for certain; another one after others may have been. If it
   * is not, it becomes the keeper soon, unless somebody else is or was of late.
   */
  version(): number | undefined;
  /** Takes note of what a transaction read that began after that moment. */
  observe(keeping: Keeping, began: Moment): void;
  /**
   * A commit that begins to wait for somebody failed, and may come true later: until the server has ended
   * it, reading the people again could miss them.
   */
  doubt(): void;
  /**
   * Refuses to begin to wait for somebody beside another keeper.
   *
   * @throws {KeptByOther} If there is one.
   */
  refuseOther(keeping: Keeping): void;
  /** Ends another one's keeping; resolves when that is over. */
  end(by: string): Promise<void>;
  /** Gives up being the keeper, and waits for what was begun. */
  close(): Promise<void>;
}

/** The present moment. */
export function momentOf(clock: Pick<Clock, "now" | "monotonic">): Moment {
  return { monotonic: clock.monotonic(), now: clock.now() };
}

interface Held {
  readonly version: number;
  readonly since: Moment;
  /** When the last transaction began that read it. */
  seen: Moment;
  /** How many commits were in doubt when it began, or was confirmed. */
  readonly doubts: number;
}

/** Opens it. Nobody is the keeper until {@linkcode Keeper.version} is asked for. */
export function openKeeper(options: KeeperOptions): Keeper {
  const { clock, signal, commit, read, now, tell } = options;
  // By which this service is, or is about to be, the keeper.
  let name: string | undefined;
  let held: Held | undefined;
  let latest: Keeping | undefined;
  let versions = 0;
  let doubts = 0;
  let changing: Promise<void> | undefined;
  const ends = new Map<string, Promise<void>>();

  function isBelieved({ monotonic, now }: Moment): boolean {
    return clock.monotonic() - monotonic < BELIEVED_MS && Math.abs(clock.now() - now) < BELIEVED_MS;
  }
  // One after another; what fails is tried again when it is needed.
  function change(work: () => Promise<void>): void {
    changing ??= work().catch(() => {}).finally(() => changing = undefined);
  }
  async function become(): Promise<void> {
    const own = name = crypto.randomUUID();
    held = await begin((database, now) => claim(database, own, now));
    // Whether it was committed may be unknown: then it is another one's as well.
    if (!held) name = undefined;
  }
  // What was begun before has ended then: this waits for its locks.
  async function confirm(): Promise<void> {
    const doubted = held;
    const own = name;
    if (doubted === undefined || own === undefined) return;
    const confirmed = await begin((database) => isHeld(database, own));
    if (held === doubted) held = confirmed ?? doubted;
  }
  async function begin(
    work: (database: Engine, now: number) => Steps<boolean>,
  ): Promise<Held | undefined> {
    const begun = { seen: momentOf(clock), doubts };
    const isKeeper = await commit(work).catch(() => false);
    return isKeeper ? { ...begun, version: ++versions, since: momentOf(clock) } : undefined;
  }
  async function endNow(by: string): Promise<void> {
    const isEnding = await commit((database) => beginEnd(database, by));
    if (!isEnding) return;
    tell();
    const begun = clock.monotonic();
    while (clock.monotonic() - begun < BELIEVED_MS + MARGIN_MS) {
      await clock.sleep(LOOK_MS, signal);
      if (signal.aborted || !await read((database) => isKept(database, by))) return;
    }
    // A crash of the server may have lost the mark; then it stays the keeper until it is asked again.
    await commit((database) => evict(database, by));
  }

  return {
    version() {
      if (held && held.doubts === doubts) {
        return isBelieved(held.seen) ? held.version : undefined;
      }
      if (held) change(confirm);
      else if (latest && isClaimable(latest, now())) change(become);
      return undefined;
    },
    doubt() {
      doubts++;
    },
    observe(keeping, began) {
      latest = keeping;
      if (!held) return;
      const isNamed = isBy(keeping, name);
      if (isNamed && !keeping.isEnding) {
        if (began.monotonic > held.seen.monotonic) held.seen = began;
      } else if (began.monotonic >= held.since.monotonic) {
        held = name = undefined;
        if (isNamed) change(() => commit((database, now) => free(database, keeping.by, now)));
      }
    },
    refuseOther(keeping) {
      if (keeping.kind === "kept" && keeping.by !== name) throw new KeptByOther(keeping.by);
    },
    end(by) {
      let ending = ends.get(by);
      if (!ending) {
        ending = endNow(by).finally(() => ends.delete(by));
        ends.set(by, ending);
      }
      return ending;
    },
    async close() {
      await changing;
      const own = name;
      held = name = latest = undefined;
      if (own === undefined) return;
      change(() => commit((database) => leave(database, own)));
      await changing;
    },
  };
}

function isBy(
  keeping: Keeping,
  name: string | undefined,
): keeping is Extract<Keeping, { readonly kind: "kept" }> {
  return keeping.kind === "kept" && keeping.by === name;
}

function isClaimable(keeping: Keeping, now: number): boolean {
  // The server's clock may have been set back since.
  return keeping.kind === "free" && Math.abs(now - keeping.since) >= MIN_FREE_MS;
}

function* storedKeeping(database: Engine): Steps<Keeping> {
  return readKeeping(yield* readMetaText(database, KEEPER));
}

function* store(database: Engine, keeping: Record<string, unknown>): Steps<void> {
  yield* storeMetaText(database, KEEPER, JSON.stringify(keeping));
}

// The work may be repeated.
function* claim(database: Engine, name: string, now: number): Steps<boolean> {
  const keeping = yield* storedKeeping(database);
  if (keeping.kind === "kept") return isBy(keeping, name) && !keeping.isEnding;
  if (!isClaimable(keeping, now)) return false;
  yield* store(database, { by: name });
  return true;
}

function* isHeld(database: Engine, by: string): Steps<boolean> {
  const keeping = yield* storedKeeping(database);
  return isBy(keeping, by) && !keeping.isEnding;
}

function* isKept(database: Engine, by: string): Steps<boolean> {
  return isBy(yield* storedKeeping(database), by);
}

// Returns whether it has to be waited for.
function* beginEnd(database: Engine, by: string): Steps<boolean> {
  if (!(yield* isKept(database, by))) return false;
  yield* store(database, { by, isEnding: true });
  return true;
}

function* free(database: Engine, by: string, now: number): Steps<void> {
  if (yield* isKept(database, by)) yield* store(database, { since: now });
}

// Ends the keeping of one that did not agree in time: it is dead, and the next one may follow at once.
function* evict(database: Engine, by: string): Steps<void> {
  const keeping = yield* storedKeeping(database);
  if (isBy(keeping, by) && keeping.isEnding) yield* deleteMeta(database, KEEPER);
}

function* leave(database: Engine, by: string): Steps<void> {
  if (yield* isKept(database, by)) yield* deleteMeta(database, KEEPER);
}
