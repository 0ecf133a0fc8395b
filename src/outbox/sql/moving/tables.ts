/**
 * The tables of an outbox, as they are moved from one database to another.
 *
 * @module
 */

/** A table, and its primary key. */
export interface MovedTable {
  readonly name: string;
  readonly key: readonly string[];
}

/** All tables, those that others refer to first. */
export const MOVED_TABLES: readonly MovedTable[] = [
  { name: "meta", key: ["key"] },
  { name: "invitations", key: ["id"] },
  { name: "mails", key: ["id"] },
  { name: "mail_invitations", key: ["mail_id", "invitation_id"] },
  { name: "timeline", key: ["id"] },
  { name: "seen", key: ["key"] },
  { name: "wake_ups", key: ["id"] },
  { name: "kept_slots", key: ["id"] },
  { name: "suppressions", key: ["id"] },
  { name: "bounces", key: ["mail"] },
];
