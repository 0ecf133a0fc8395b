/**
 * What the faults of a campaign were, and what they allow.
 *
 * @module
 */

import { LOOKUPS_AT_ONCE, MAILS_AT_ONCE } from "./configuration.ts";
import type { Span } from "./expectations.ts";
import type { Kind } from "./kinds.ts";
import type { AcceptedInvite } from "./traffic.ts";

/** A fault that happened. */
export interface Happened extends Span {
  /** Its kind. */
  readonly kind: Kind;
  /** What it was. */
  readonly variant: string;
}

/** Keeps account of the faults. */
export class Ledger {
  /** The faults, in order. */
  readonly faults: Happened[] = [];
  /** While mails could not leave. */
  readonly excused: Span[] = [];
  /** When what was acknowledged may be lost. */
  readonly mayBeLost: Span[] = [];
  /** When what was acknowledged may be announced twice. */
  readonly mayBeDoubled: Span[] = [];
  /** The rooms of damaged rows. */
  readonly setAside = new Set<string>();
  /** How many invites were acknowledged that will never be announced, at most. */
  missing = 0;
  /** When a process was killed or suspended. */
  readonly deaths: number[] = [];
  /** How many leases invites may wait for: those of processes that were killed. */
  held = 0;
  /** How many copies there may be: of what was being sent when something died. */
  copies = 0;

  /** Notes a span that ends now. */
  until(spans: Span[], from: number): void {
    spans.push({ from, to: Date.now() });
  }

  /**
   * Notes that a process ends or is suspended with all that it works on.
   *
   * @param hanging How many more mails wait for a final reply.
   */
  dies(hanging = 0): void {
    this.deaths.push(Date.now());
    this.copies += MAILS_AT_ONCE + hanging;
    this.held += LOOKUPS_AT_ONCE + MAILS_AT_ONCE + hanging;
  }

  /** The kind of the first fault that an invite met while it waited; `undefined` if it met none. */
  kindOf({ askedAt }: AcceptedInvite, announcedAt: number): Kind | undefined {
    return this.faults.find(({ from, to }) => from <= announcedAt && to >= askedAt)?.kind;
  }
}
