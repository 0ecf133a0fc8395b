/**
 * Keeps the rate at which mails are sent through a change of the settings.
 *
 * @module
 */

import { limitClaims, type MailClaims } from "../../notify/send_rate.ts";
import type { Limit } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";

/**
 * Returns what gives the outbox's mails at a rate. As long as that is the same, so is what counts: a new
 * one would know nothing of what was sent before.
 */
export function openClaims(
  outbox: MailClaims,
  clock: Clock,
): (rate: Limit | null) => MailClaims {
  let last: { readonly rate: Limit | null; readonly claims: MailClaims } | undefined;
  return (rate) => {
    const isSame = last !== undefined && last.rate?.count === rate?.count &&
      last.rate?.per === rate?.per;
    if (last === undefined || !isSame) last = { rate, claims: limitClaims(outbox, rate, clock) };
    return last.claims;
  };
}
