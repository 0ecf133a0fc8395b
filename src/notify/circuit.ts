/**
 * Notices when what all items need (the transport, the identity stores) is out of order. Then one item
 * at a time is tried, after growing pauses, and all others wait untouched.
 *
 * @module
 */

import type { Outage } from "../outbox/port.ts";
import { HOUR, MINUTE, SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { USUAL_LONGEST_PAUSE_MS } from "./retry.ts";

// How many items have to fail in a row: a single one that always fails holds up no others.
const MIN_FAILING = 3;
// How many have to succeed for the pauses to begin anew: fewer, and the server works now and then.
const MIN_SUCCESSES = 10;
const MIN_PAUSE_MS = 10 * SECOND;
const MAX_PAUSE_MS = 5 * MINUTE;
// Less, as the pauses of items vary by a fifth.
const LONGEST_ITEM_PAUSE_MS = MAX_PAUSE_MS / 1.2;
// Between two times at which what was deferred is made due.
const MIN_RESUME_PAUSE_MS = MINUTE;
const MAX_RESUME_PAUSE_MS = HOUR;

/** A failure that concerns all items. */
export interface CircuitFailure {
  /** For the administrator: one line, without addresses. */
  readonly reason: string;
  /** How far the attempt came. */
  readonly distance?: number | undefined;
  /**
   * Whether it counts beside those of strangers, which alone never open a circuit: an item that fails
   * by their choice would hold up others.
   */
  readonly own?: boolean | undefined;
  /** What the pauses grow to while items fail in this way, in milliseconds: five minutes by default. */
  readonly maxPause?: number | undefined;
}

/**
 * A circuit: closed while all is well, open in an outage. How far an attempt came is a number: one that
 * comes further than all that failed shows that the outage is over.
 */
export class Circuit {
  readonly #clock: Clock;
  // Times are those of the clock that cannot be set, unless noted.
  #failing = new Set<string>();
  #ownFails = false;
  // How many attempts have failed since the last success. At the start there may be an outage already.
  #failures = 1;
  #hasFailed = false;
  #furthest = -Infinity;
  #outage: Outage | undefined;
  #pauses = 0;
  #probeAt = 0;
  #closedAt = -Infinity;
  #successes = 0;
  #probe: "none" | "runs" | "failed" = "none";
  #recoveredAt: number | undefined;
  #resumePause = MIN_RESUME_PAUSE_MS;
  #mayResumeAt = -Infinity;

  /** A closed circuit. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether only one item at a time is tried. */
  get isOpen(): boolean {
    return this.#outage !== undefined;
  }

  /** The outage while it is open: another object whenever anything about it changes. */
  get outage(): Outage | undefined {
    return this.#outage;
  }

  /** How many more items may be tried now. */
  get admitted(): number {
    if (!this.isOpen) return Infinity;
    return this.#probe === "none" && this.#clock.monotonic() >= this.#probeAt ? 1 : 0;
  }

  /**
   * How long until the next item may be tried, in milliseconds; `undefined` while one is being tried.
   */
  get pause(): number | undefined {
    if (!this.isOpen) return 0;
    if (this.#probe !== "none") return undefined;
    return Math.max(0, this.#probeAt - this.#clock.monotonic());
  }

  /**
   * What the pauses of an item that fails now grow to, in milliseconds: less in what may be an outage,
   * as it may be the only item that shows the end of it.
   */
  get longestPause(): number {
    return this.#failures > 1 ? LONGEST_ITEM_PAUSE_MS : USUAL_LONGEST_PAUSE_MS;
  }

  /**
   * When the outage turned out to be over, in milliseconds UTC: what was deferred until then is to be
   * resumed, after `wait` milliseconds. `undefined` if there is nothing to resume.
   */
  get recovered(): { readonly at: number; readonly wait: number } | undefined {
    if (this.#recoveredAt === undefined) return undefined;
    return {
      at: this.#recoveredAt,
      wait: Math.max(0, this.#mayResumeAt - this.#clock.monotonic()),
    };
  }

  /** It is resumed. The next time is a minute later at the earliest, and ever later while it comes soon. */
  resumed(): void {
    this.#recoveredAt = undefined;
    if (!this.#hasFailed) return;
    const now = this.#clock.monotonic();
    const isSoon = now < this.#mayResumeAt + MAX_RESUME_PAUSE_MS;
    this.#resumePause = isSoon
      ? Math.min(2 * this.#resumePause, MAX_RESUME_PAUSE_MS)
      : MIN_RESUME_PAUSE_MS;
    this.#mayResumeAt = now + this.#resumePause;
  }

  /** An item is tried, until the result is disposed of. */
  enter(): Disposable {
    const isProbe = this.admitted === 1;
    if (isProbe) this.#probe = "runs";
    return {
      [Symbol.dispose]: () => {
        if (isProbe) this.#probe = "none";
      },
    };
  }

  /**
   * An attempt failed for a reason that concerns all items.
   *
   * @param what Names the item; the same one counts once.
   */
  failed(what: string, failure: CircuitFailure): void {
    const { distance = 0, own = true } = failure;
    this.#hasFailed = true;
    this.#recoveredAt = undefined;
    this.#failures++;
    this.#furthest = Math.max(this.#furthest, distance);
    if (this.#outage === undefined) {
      if (this.#failing.size < MIN_FAILING) this.#failing.add(what);
      this.#ownFails ||= own;
      if (this.#failing.size >= MIN_FAILING && this.#ownFails) this.#open(failure);
    } else if (this.#probe === "runs") {
      this.#probe = "failed";
      this.#wait(failure, this.#outage.since);
    }
  }

  /** An attempt came that far without such a failure. */
  succeeded(distance = Infinity): void {
    if (distance === Infinity) this.#successes++;
    if (distance <= this.#furthest || this.#failures === 0) return;
    this.#failures = 0;
    this.#furthest = -Infinity;
    this.#recoveredAt = this.#clock.now();
    this.#close();
  }

  /** An attempt succeeded without what is out of order: it holds up nobody, but it is not well either. */
  bypassed(): void {
    this.#close();
  }

  #open(failure: CircuitFailure): void {
    const wasWell = this.#successes >= MIN_SUCCESSES ||
      this.#clock.monotonic() - this.#closedAt > MAX_PAUSE_MS;
    if (wasWell) this.#pauses = 0;
    this.#successes = 0;
    this.#wait(failure, this.#clock.now());
  }

  #wait({ reason, maxPause = MAX_PAUSE_MS }: CircuitFailure, since: number): void {
    const pause = Math.min(MIN_PAUSE_MS * 2 ** Math.min(this.#pauses++, 10), maxPause);
    this.#probeAt = this.#clock.monotonic() + pause;
    this.#outage = { since, probeAt: this.#clock.now() + pause, reason };
  }

  #close(): void {
    this.#failing.clear();
    this.#ownFails = false;
    if (!this.isOpen) return;
    this.#outage = undefined;
    this.#closedAt = this.#clock.monotonic();
  }
}
