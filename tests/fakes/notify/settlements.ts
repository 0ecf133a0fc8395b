import type { Claim, InvitationOutcome, MailOutcome, Outbox } from "../../../src/outbox/port.ts";
import type { InvitationSettled } from "../../../src/outbox/settled.ts";

/** The part of an outbox that ends claims; it keeps the outcomes. */
export interface Settlements extends Pick<Outbox, "isHeld" | "settleInvitation" | "settleMail"> {
  /** Whether claims still hold. */
  held: boolean | Error;
  readonly invitations: readonly InvitationOutcome[];
  readonly mails: readonly MailOutcome[];
  /** Errors of the next calls; then they succeed. */
  readonly failures: Error[];
  /** The result of settling an invitation. */
  result: InvitationSettled;
}

/** An outbox that accepts every outcome, but for the failures that a test adds. */
export function settlements(): Settlements {
  const invitations: InvitationOutcome[] = [];
  const mails: MailOutcome[] = [];
  const failures: Error[] = [];
  return {
    invitations,
    mails,
    failures,
    held: true,
    // deno-lint-ignore require-await
    async isHeld() {
      if (this.held instanceof Error) throw this.held;
      return this.held;
    },
    result: { kind: "settled", mails: [1] },
    // deno-lint-ignore require-await
    async settleInvitation(_claim: Claim, outcome: InvitationOutcome) {
      const failure = failures.shift();
      if (failure) throw failure;
      invitations.push(outcome);
      return this.result;
    },
    // deno-lint-ignore require-await
    async settleMail(_claim: Claim, outcome: MailOutcome) {
      const failure = failures.shift();
      if (failure) throw failure;
      mails.push(outcome);
      return { kind: "settled" };
    },
  };
}
