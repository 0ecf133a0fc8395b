/**
 * The kinds of rows that are worked on, and the limits that they can wait for.
 *
 * @module
 */

/** The kinds of rows that are claimed. */
export type Work = "invitations" | "mails";

/** The limits that rows can be parked for. */
export type LimitName = "address" | "inviter" | "server" | "room" | "overall";
