/**
 * How the work on invitations and mails ends.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";

/** A mail to queue, to one address. */
export interface NewMail {
  /** The recipient's address. */
  readonly address: EmailAddress;
  /** The address's key: see `addressKey`. */
  readonly addressKey: string;
  /** With angle brackets. Random: no other mail may have it. */
  readonly messageId: string;
  /** What is known about the recipient. */
  readonly recipient: Recipient;
  /** The person's other addresses, in order: each gets the mail if the one before refuses it. */
  readonly failover?: readonly NextAddress[] | undefined;
}

/** An address that gets a mail if another one refuses it for good. */
export interface NextAddress {
  /** The address. */
  readonly address: EmailAddress;
  /** The Message-ID of its mail, as in {@linkcode NewMail}. */
  readonly messageId: string;
}

/** What the identity stores know about a mail's recipient, stored with the mail. */
export interface Recipient {
  /** The display name; empty when unknown. */
  readonly name: string;
  /** A BCP 47 language tag. */
  readonly language?: string | undefined;
  /** An IANA time zone name. */
  readonly timeZone?: string | undefined;
  /** Whether the recipient has an account on the homeserver, if the stores know it. */
  readonly hasAccount?: boolean | undefined;
}

/** An attempt failed: the row is due again at `until`, in milliseconds UTC. */
export interface Deferral {
  /** What makes it one. */
  readonly kind: "deferred";
  /** Why it failed. */
  readonly reason: string;
  /** When to try again, in milliseconds UTC. */
  readonly until: number;
  /** Whether the transport or the stores failed, so that others fail as well: see `resume`. */
  readonly outage?: boolean | undefined;
}

/** A mail that was sent about an earlier invitation of the same person to the same room. */
export interface MailedBefore {
  /** The earlier invitation's ID. */
  readonly invitation: number;
  /** When the mail was sent, in milliseconds UTC. */
  readonly at: number;
}

/** How the work on a claimed invitation ended. */
export type InvitationOutcome =
  /** Its mails are queued in the same transaction. */
  | {
    readonly kind: "resolved";
    readonly mails: readonly NewMail[];
    /** The inviter's name in the identity stores, for a local inviter. */
    readonly inviterName?: string | undefined;
    /** What each identity store said. */
    readonly stores?: readonly string[] | undefined;
    /** The name and alias of the room, if the event has none. */
    readonly room?:
      | { readonly name?: string | undefined; readonly alias?: string | undefined }
      | undefined;
  }
  /** The invitation ends without a mail. */
  | {
    readonly kind: "skipped" | "failed";
    readonly reason: string;
    /** The mail that makes it needless, if that is the reason. */
    readonly mailedBefore?: MailedBefore | undefined;
    /** What each identity store said, if they were asked. */
    readonly stores?: readonly string[] | undefined;
  }
  /** A lookup failed. */
  | Deferral
  /** Nothing was tried, because the service is stopping. */
  | { readonly kind: "released" };

/** How the work on a claimed mail ended. */
export type MailOutcome =
  /** The transport accepted the mail, with that response. */
  | {
    readonly kind: "sent";
    readonly response: string;
    /** The mail that follows then, in milliseconds UTC, unless all invitations are answered. */
    readonly reminder?: { readonly messageId: string; readonly dueAt: number } | undefined;
  }
  /** The mail ends: the address does not accept it, or it was tried for too long. */
  | {
    readonly kind: "rejected" | "expired";
    readonly reason: string;
    readonly replyCode?: number | undefined;
  }
  /** A `doubtful` refusal may be about the address: see {@linkcode file://./doubt.ts}. */
  | Deferral & {
    readonly replyCode?: number | undefined;
    readonly doubtful?: boolean | undefined;
    /** Whether the server had the whole message and never replied. */
    readonly hung?: boolean | undefined;
  }
  /** Nothing was tried: some of its invitations need no mail. It is due again with the others, if any. */
  | {
    readonly kind: "spared";
    readonly invitations: readonly { readonly id: number; readonly reason: string }[];
  }
  /** Nothing was tried: due again at `until`, in milliseconds UTC. */
  | {
    readonly kind: "postponed";
    readonly reason: string;
    readonly until: number;
    /** Whether a rule decided it, so that it belongs in the history. */
    readonly decided?: boolean | undefined;
  }
  /** Nothing was tried, because the service is stopping. */
  | { readonly kind: "released" };
