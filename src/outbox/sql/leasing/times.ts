/**
 * When the claims of this process end. It owns the file, so that they need not be stored, and the
 * machine's clock may be set while they last.
 *
 * @module
 */

import type { Clock } from "../../../system/clock.ts";
import type { Claim, Work } from "../../port.ts";
import { ALL, type Scope } from "../access.ts";

/** A claim, and whose row it is. */
export interface PersonsClaim extends Claim {
  readonly person: string;
}

interface Lease extends PersonsClaim {
  readonly ends: number;
}

/** The leases of one owner. Times are those of the clock that cannot be set. */
export class LeaseTimes {
  readonly #clock: Clock;
  readonly #lease: number;
  readonly #leases: Readonly<Record<Work, Map<number, Lease>>> = {
    invitations: new Map(),
    mails: new Map(),
  };
  readonly #held: Readonly<Record<Work, Map<number, number>>> = {
    invitations: new Map(),
    mails: new Map(),
  };

  /** @param lease How long each lasts, in milliseconds. */
  constructor(clock: Clock, lease: number) {
    this.#clock = clock;
    this.#lease = lease;
  }

  /** A row was claimed. */
  begin(work: Work, { id, fence, person }: PersonsClaim): void {
    const ends = this.#clock.monotonic() + this.#lease;
    this.#leases[work].set(id, { id, fence, person, ends });
  }

  /** A claim was renewed. */
  renew(work: Work, { id, fence }: Claim): void {
    const lease = this.#leases[work].get(id);
    if (lease?.fence === fence) this.begin(work, lease);
  }

  /** What has to be written to change these claims. */
  scope(work: Work, claims: readonly Claim[]): Scope {
    const people: string[] = [];
    for (const { id } of claims) {
      const lease = this.#leases[work].get(id);
      // It has ended, and whose it was is not known any more.
      if (lease === undefined) return ALL;
      people.push(lease.person);
    }
    return { kind: "people", people };
  }

  /** A claim was settled, or its row waits again. */
  end(work: Work, { id, fence }: Claim): void {
    const leases = this.#leases[work];
    if (leases.get(id)?.fence === fence) leases.delete(id);
  }

  /** Whether a claim has neither been settled nor taken back. */
  has(work: Work, { id, fence }: Claim): boolean {
    return this.#leases[work].get(id)?.fence === fence;
  }

  /** Keeps a lease from ending, until the result is disposed. */
  hold(work: Work, id: number): Disposable {
    const held = this.#held[work];
    held.set(id, (held.get(id) ?? 0) + 1);
    return {
      [Symbol.dispose]() {
        const others = (held.get(id) ?? 1) - 1;
        if (others > 0) held.set(id, others);
        else held.delete(id);
      },
    };
  }

  /** The claims whose leases have ended. */
  expired(work: Work): readonly Claim[] {
    const now = this.#clock.monotonic();
    return this.#waiting(work).filter(({ ends }) => ends <= now);
  }

  /** When the next one ends, in milliseconds UTC; `undefined` if none does. */
  next(work: Work, now: number): number | undefined {
    const ends = this.#waiting(work).map(({ ends }) => ends);
    if (ends.length === 0) return undefined;
    return now + Math.min(...ends) - this.#clock.monotonic();
  }

  /** The claims of this process that have not ended. */
  running(work: Work): readonly Claim[] {
    const now = this.#clock.monotonic();
    return [...this.#leases[work].values()]
      .filter(({ id, ends }) => ends > now || this.#held[work].has(id));
  }

  /** The claims that are kept from ending, and have less than half of their time left. */
  ending(work: Work): readonly Claim[] {
    const soon = this.#clock.monotonic() + this.#lease / 2;
    return [...this.#leases[work].values()]
      .filter(({ id, ends }) => this.#held[work].has(id) && ends < soon);
  }

  #waiting(work: Work): readonly Lease[] {
    return [...this.#leases[work].values()].filter(({ id }) => !this.#held[work].has(id));
  }
}
