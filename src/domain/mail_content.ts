/**
 * How much of a room a mail may tell.
 *
 * @module
 */

/**
 * `full`: all that is known. `names`: who invites, and what the room is called. `minimal`: who
 * invites. The later one tells less.
 */
export const MAIL_CONTENTS = ["full", "names", "minimal"] as const;

/** How much of a room a mail may tell. */
export type MailContent = typeof MAIL_CONTENTS[number];
