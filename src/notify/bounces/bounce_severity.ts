/**
 * Decides how much a bounce says about the address: by its status code, never by its text.
 *
 * @module
 */

import type { BounceEvent, ReportedRecipient } from "../../domain/bounce_report.ts";
import type { Bounce, BounceSeverity } from "../../outbox/bounces.ts";

/** A row of the table of status codes. */
export interface StatusRule {
  readonly status: string;
  readonly severity: BounceSeverity;
  readonly meaning: string;
  readonly matches: RegExp;
}

/** The rules for the status of a failed delivery (RFC 3463), the first that matches applies. */
export const STATUS_RULES: readonly StatusRule[] = [
  {
    status: "4.x.x",
    severity: "soft",
    meaning: "the mail server gave up after days",
    matches: /^4\./,
  },
  {
    status: "5.1.7, 5.1.8",
    severity: "none",
    meaning: "the sender's address was refused",
    matches: /^5\.1\.[78]$/,
  },
  {
    status: "5.1.x",
    severity: "hard",
    meaning: "the address does not exist",
    matches: /^5\.1\./,
  },
  {
    status: "5.3.4, 5.6.x, 5.7.x",
    severity: "none",
    meaning: "the email was refused: its size, its content, or by a rule of the receiver's",
    matches: /^5\.(?:3\.4$|[67]\.)/,
  },
  {
    status: "any other, or none",
    severity: "soft",
    meaning: "the mailbox is full or disabled, or its server cannot be reached",
    matches: /^/,
  },
];

/** How much the status of a failed delivery says about the address. */
export function severityOf(status: string | undefined): BounceSeverity {
  return STATUS_RULES.find(({ matches }) => matches.test(status ?? ""))?.severity ?? "soft";
}

const ORDER: readonly BounceSeverity[] = ["hard", "soft", "none"];

/** The most severe of what was reported; `undefined` if nothing failed. */
export function worstBounce(recipients: readonly ReportedRecipient[]): Bounce | undefined {
  return recipients.filter(({ failed }) => failed)
    .map(({ status, text }): Bounce => ({ severity: severityOf(status), status, text }))
    .toSorted((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity))[0];
}

/** The bounce that an event reports. */
export function bounceOfEvent({ kind, status, text }: BounceEvent): Bounce {
  if (kind === "complaint") return { severity: "complaint", status, text };
  const severity = severityOf(status);
  const isBlocked = kind === "blocked" && severity === "hard";
  return { severity: isBlocked ? "soft" : severity, status, text };
}
