/**
 * What goes into the service and what comes out of it.
 *
 * @module
 */

/** An invite that was acknowledged with 200. */
export interface AcceptedInvite {
  /** The room's ID, which no other invite of the campaign has. */
  readonly room: string;
  /** The address of the invited person. */
  readonly address: string;
  /** When the request that was acknowledged began, in milliseconds. */
  readonly askedAt: number;
  /** When it was acknowledged, in milliseconds. */
  readonly acceptedAt: number;
}

/** A mail that the mail server accepted. */
export interface ArrivedMail {
  /** Its Message-ID. */
  readonly messageId: string;
  /** The recipient's address. */
  readonly address: string;
  /** The rooms whose invites it announces. */
  readonly rooms: readonly string[];
  /** When it arrived, in milliseconds. */
  readonly arrivedAt: number;
}
