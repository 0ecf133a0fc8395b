/**
 * The kinds of faults in a campaign.
 *
 * @module
 */

/** The kinds by name, with what happens, for `--help`. */
export const KINDS = {
  files: "the database's files are renamed, replaced, overwritten or deleted",
  row: "a row of the database is damaged while the service is down",
  clock: "the clock goes two days or an hour on, or an hour back",
  mail: "the mail server is down for a while",
  store: "the identity store is down or fails for a while",
  hang: "recipients' mails get no final reply for a while",
  reader: "the reader of the log stands still",
  body: "one body has thousands of invites",
} as const;

/** A kind of fault. */
export type Kind = keyof typeof KINDS;

/** Whether a text is the name of a kind. */
export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}
