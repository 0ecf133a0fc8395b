/**
 * How much an email reveals about a room and its inviter.
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

/**
 * For inviters from other servers, from most to least. `full` and `names`: as for people of this
 * server. `careful`: the names that the inviter chose are only claims. `minimal`: the inviter's
 * Matrix ID.
 */
export const OUTSIDE_CONTENTS = ["full", "names", "careful", "minimal"] as const;

/** How much an email reveals about an invitation from another server. */
export type OutsideContent = typeof OUTSIDE_CONTENTS[number];

/** The one that reveals less. */
export function lesserContent(one: OutsideContent, other: OutsideContent): OutsideContent {
  return OUTSIDE_CONTENTS.indexOf(one) > OUTSIDE_CONTENTS.indexOf(other) ? one : other;
}
