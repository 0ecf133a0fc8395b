/**
 * Limits how many mails are sent in a span of time, by a token bucket.
 *
 * The limit applies where mails are claimed, so that a mail waits without a lease, in its order, and
 * is found by whoever is free next. What is sent by hand is not claimed, and does not wait.
 *
 * @module
 */

import type { Outbox } from "../outbox/port.ts";
import type { Limit } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";

/** A token bucket's state. */
export interface Bucket {
  /** How many mails may be sent, also a part of one. */
  readonly tokens: number;
  /** When that was, in milliseconds. */
  readonly at: number;
}

// The part of the limit that may be sent at once.
const BURST = 0.1;

/**
 * How many tokens a bucket holds, and how long one takes, in milliseconds. However they are taken, no
 * span of the limit's length sees more than the limit.
 */
export function bucketSize(
  { count, per }: Limit,
): { readonly burst: number; readonly each: number } {
  const burst = Math.max(1, Math.floor(count * BURST));
  return { burst, each: per / (count - burst + 1) };
}

/** The bucket at a later time. */
export function refill(limit: Limit, { tokens, at }: Bucket, now: number): Bucket {
  const { burst, each } = bucketSize(limit);
  return { tokens: Math.min(burst, tokens + Math.max(0, now - at) / each), at: now };
}

/** How long until the bucket has a whole token, in milliseconds. */
export function timeToToken(limit: Limit, { tokens }: Bucket): number {
  return tokens >= 1 ? 0 : Math.ceil((1 - tokens) * bucketSize(limit).each);
}

/** What the worker of mails needs of the outbox. */
export type MailClaims = Pick<Outbox, "claimMails" | "nextDue" | "onWork">;

/** The outbox, from which mails are claimed only as fast as the limit allows; `null`: any number. */
export function limitClaims(outbox: MailClaims, limit: Limit | null, clock: Clock): MailClaims {
  if (limit === null) return outbox;
  // One token: after a restart, the bucket knows nothing of what was sent before.
  let bucket: Bucket = { tokens: 1, at: clock.monotonic() };
  function refilled(limit: Limit): Bucket {
    bucket = refill(limit, bucket, clock.monotonic());
    return bucket;
  }
  return {
    async claimMails(options) {
      const count = Math.min(options.count, Math.floor(refilled(limit).tokens));
      if (count === 0) return [];
      const strangers = Math.min(options.strangers ?? count, count);
      const mails = await outbox.claimMails({ ...options, count, strangers });
      bucket = { ...bucket, tokens: bucket.tokens - mails.length };
      return mails;
    },
    async nextDue(work, ownOnly) {
      const due = await outbox.nextDue(work, ownOnly);
      if (due === undefined) return undefined;
      return Math.max(due, clock.now() + timeToToken(limit, refilled(limit)));
    },
    onWork: (listener) => outbox.onWork(listener),
  };
}
