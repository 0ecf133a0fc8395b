/**
 * Notices that a mail server refuses whatever it is given, by replies that are about one recipient or
 * message each: a relay that refuses this service, a quota, a policy that defers everybody.
 *
 * @module
 */

import type { Receipt } from "../mail/port.ts";
import { HOUR, MINUTE } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";

// How many addresses have to be refused alike, within which time, while none is accepted.
const MIN_ADDRESSES = 5;
const WINDOW_MS = 10 * MINUTE;
// Addresses, the latest.
const MAX_REMEMBERED = 1000;

/**
 * The longest pause of a mail that is refused as everybody is, in milliseconds; see
 * `AlikeRefusals.report`.
 */
export const MAX_ALIKE_PAUSE_MS: number = 6 * HOUR;

/** The mail that was tried. */
export interface TriedMail {
  readonly address: string;
  /** Whether one of its inviters is a user of the homeserver. */
  readonly own: boolean;
}

/**
 * The refusals since a mail was accepted. An address that was refused while others were accepted no
 * longer counts, so that addresses with faults of their own do not stop all mails again and again.
 */
export class AlikeRefusals {
  readonly #clock: Pick<Clock, "monotonic">;
  /** When each address was refused, by what was said. */
  readonly #refused = new Map<string, Map<string, number>>();
  /** What is said to everybody. */
  readonly #general = new Set<string>();
  readonly #faulty = new Set<string>();

  /** None yet. */
  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /**
   * Learns from an attempt. Returns how many addresses are refused in the same way, if that is taken for
   * what everybody gets, else 0: where one mail at a time is tried, each of them has to wait that many
   * turns, so that one that was not tried yet has to wait for none of them. Strangers' mails are no
   * evidence: they choose recipients and words.
   */
  report({ address, own }: TriedMail, receipt: Receipt): number {
    if (receipt.kind === "accepted") {
      this.#accepted(address);
      return 0;
    }
    const said = whatIsSaid(receipt);
    if (said === undefined) return 0;
    const refused = this.#refused.get(said) ?? new Map<string, number>();
    this.#refused.set(said, refused);
    if (own && !this.#faulty.has(address)) {
      refused.delete(address);
      refused.set(address, this.#clock.monotonic());
      forgetOldest(refused);
    }
    const since = this.#clock.monotonic() - WINDOW_MS;
    const recent = [...refused.values()].filter((at) => at > since);
    if (recent.length >= MIN_ADDRESSES) this.#general.add(said);
    return this.#general.has(said) ? refused.size : 0;
  }

  #accepted(address: string): void {
    for (const refused of this.#refused.values()) {
      for (const faulty of refused.keys()) this.#faulty.add(faulty);
    }
    this.#faulty.delete(address);
    forgetOldest(this.#faulty);
    this.#refused.clear();
    this.#general.clear();
  }
}

function forgetOldest(addresses: Map<string, unknown> | Set<string>): void {
  for (const oldest of addresses.keys()) {
    if (addresses.size <= MAX_REMEMBERED) break;
    addresses.delete(oldest);
  }
}

// Temporary refusals are alike whatever their code is. An address that does not exist is refused for
// itself.
function whatIsSaid(receipt: Receipt): string | undefined {
  if (receipt.kind !== "deferred" || receipt.general === true) return undefined;
  const { stage, replyCode, enhancedCode } = receipt;
  if (replyCode === undefined || (stage !== "recipient" && stage !== "data")) return undefined;
  return replyCode < 500 ? `${stage} 4` : `${stage} ${replyCode} ${enhancedCode ?? ""}`;
}
