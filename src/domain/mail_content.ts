/**
 * How much an email reveals about a room.
 *
 * @module
 */

/**
 * From most to least. `full`: everything known. `names`: the inviter and the room's name. `minimal`:
 * the inviter.
 */
export const MAIL_CONTENTS = ["full", "names", "minimal"] as const;

/** How much an email reveals about a room. */
export type MailContent = typeof MAIL_CONTENTS[number];
