/**
 * How a database can be lost under the service that has it open.
 *
 * @module
 */

/** What happens to the files, as shell commands in their folder. */
export const LOSSES: Readonly<Record<string, string>> = {
  "the database is renamed": "mv outbox.db elsewhere.db",
  "the database is deleted": "rm outbox.db",
  "another database is renamed over it": "cp backup.db new.db && mv new.db outbox.db",
  "the database is deleted and another is copied there": "rm outbox.db && cp backup.db outbox.db",
  "a backup is copied over it": "cp backup.db outbox.db",
  "the database is emptied": ": > outbox.db",
  "its journal is deleted": "rm outbox.db-wal",
  "its journal is renamed": "mv outbox.db-wal elsewhere",
  "its index is deleted": "rm outbox.db-shm",
  "its lock is deleted": "rm outbox.db-owner",
  "all of its files are deleted": "rm outbox.db*",
  "its folder is deleted": 'rm -rf "$PWD"',
  "its folder is renamed": 'mv "$PWD" "$PWD.old"',
};
