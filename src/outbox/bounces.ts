/**
 * The port to emails that came back after they were accepted.
 *
 * @module
 */

/**
 * How much a bounce says about the address. `hard`: it does not take emails. `soft`: this one did not
 * get there. `none`: the email or the sender was refused, or it was a trial. `complaint`: its owner
 * reported the email as spam.
 */
export type BounceSeverity = "hard" | "soft" | "none" | "complaint";

/** Why a mail came back. */
export interface Bounce {
  /** How much it says about the address. */
  readonly severity: BounceSeverity;
  /** The status code, such as `5.1.1` (RFC 3463), if there was one. */
  readonly status?: string | undefined;
  /** What the server said, in one line. Empty if it said nothing. */
  readonly text: string;
}

/** The result of recording a bounce. */
export type BounceRecorded =
  /** There is no such mail, or no longer. */
  | { readonly kind: "unknown" }
  /** The mail has come back before, and this says no more. */
  | { readonly kind: "known" }
  /** It counts. */
  | {
    readonly kind: "recorded";
    /** The address's score now. */
    readonly score: number;
    /** Until when nothing is sent to the address, in milliseconds UTC, if its score is that high. */
    readonly until?: number | undefined;
    /** The mail that goes to the person's next address instead. */
    readonly next?: number | undefined;
  };

/** Records bounces. Methods reject with an `OutboxError`. */
export interface Bounces {
  /**
   * Records that a mail came back, in its invitations' histories as well. Each mail counts once against
   * its address, by the most severe of its bounces.
   */
  record(mail: number, bounce: Bounce): Promise<BounceRecorded>;
}
