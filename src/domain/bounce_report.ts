/**
 * Reports that an email came back, as they are read from whatever tells it.
 *
 * @module
 */

/** What was reported about one recipient of an email. */
export interface ReportedRecipient {
  /** Whether the email was not delivered and will not be. */
  readonly failed: boolean;
  /** The status code, such as `5.1.1` (RFC 3463), if there is one. */
  readonly status?: string | undefined;
  /** What the server said, in one line; empty if it said nothing. */
  readonly text: string;
}

/** A message to an address for bounces. */
export type BounceReport =
  /** It reports what became of an email. */
  | { readonly kind: "report"; readonly recipients: readonly ReportedRecipient[] }
  /** It is something else, such as an automatic reply. */
  | { readonly kind: "other"; readonly what: string };

/** An event about an email that a mail service reports. */
export interface BounceEvent {
  /** The token of the email's return path. */
  readonly token: string;
  /**
   * `failed`: it came back. `blocked`: the server refused it for other reasons than the address.
   * `complaint`: its recipient reported it as spam.
   */
  readonly kind: "failed" | "blocked" | "complaint";
  /** The status code, such as `5.1.1` (RFC 3463), if there is one. */
  readonly status?: string | undefined;
  /** What the server said, in one line; empty if it said nothing. */
  readonly text: string;
}
