/**
 * Decides what settling or postponing a mail changes: pure, and the same for every database.
 *
 * @module
 */

import { cancelIfClosed, type OpenMail } from "./cancel.ts";
import type { MailOutcome } from "./port.ts";
import { LIMIT_REASON } from "./rate_limit.ts";
import type { AddTimeline, Write } from "./writes.ts";

/** A mail whose claim holds. */
export interface HeldMail extends OpenMail {
  readonly attempts: number;
  readonly deferredSince?: number | undefined;
}

/** The result of settling. */
export interface MailSettlement {
  readonly writes: readonly Write[];
  /** Whether the mail waits again. */
  readonly makesWork: boolean;
}

/** Settles a mail whose claim holds. */
export function settleMail(mail: HeldMail, outcome: MailOutcome, now: number): MailSettlement {
  const { id } = mail;
  switch (outcome.kind) {
    case "sent":
      return {
        writes: [
          { kind: "end mail", id, state: "sent", sentAt: now },
          line(id, now, "sent", { response: outcome.response }),
        ],
        makesWork: false,
      };
    case "rejected":
    case "expired": {
      const { kind, reason, replyCode } = outcome;
      return {
        writes: [
          { kind: "end mail", id, state: kind, reason, replyCode },
          line(id, now, kind, { reason, replyCode }),
        ],
        makesWork: false,
      };
    }
    case "deferred": {
      const { reason, until, replyCode } = outcome;
      const deferred: Write[] = [
        {
          kind: "defer mail",
          id,
          until,
          reason,
          replyCode,
          attempts: mail.attempts + 1,
          deferredSince: mail.deferredSince ?? now,
        },
        line(id, now, "deferred", { reason, until, replyCode }),
      ];
      return waiting(mail, deferred, now);
    }
    case "released":
      return requeueMail(mail, now);
  }
}

/** Ends the claim of a mail that was not tried. */
export function requeueMail(mail: OpenMail, now: number): MailSettlement {
  return waiting(mail, [{ kind: "requeue", work: "mails", id: mail.id }], now);
}

/** Lets a queued mail wait until its address's limit admits it. */
export function postponeMail(
  { id, reason }: { readonly id: number; readonly reason?: string | undefined },
  until: number,
  now: number,
): readonly Write[] {
  const limited = LIMIT_REASON.mails;
  return [
    { kind: "postpone", work: "mails", id, until, reason: limited },
    // Only once, as it may have to wait repeatedly.
    ...reason === limited ? [] : [line(id, now, "limited", { reason: limited, until })],
  ];
}

// Its invitations may have been answered or stopped while it was being sent.
function waiting(mail: OpenMail, writes: readonly Write[], now: number): MailSettlement {
  const cancelled = cancelIfClosed({ ...mail, state: "queued" }, "answered", now);
  return { writes: [...writes, ...cancelled], makesWork: cancelled.length === 0 };
}

function line(
  mail: number,
  at: number,
  step: string,
  data: Readonly<Record<string, unknown>>,
): AddTimeline {
  return { kind: "add timeline", of: { mail }, at, step, data: { mail, ...data } };
}
