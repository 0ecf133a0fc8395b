/**
 * The kinds of faults in a campaign.
 *
 * @module
 */

import type { DatabaseName } from "./database.ts";

/** The kinds by name, with what happens, for `--help`. */
export const KINDS = {
  files: "the database's files are renamed, replaced, overwritten or deleted",
  row: "a row of the database is damaged while the service is down",
  server: "the database's server is restarted, or killed with or without a service",
  readonly: "the database's server becomes read-only",
  connections: "others use up the connections of the database's server",
  locked: "another program locks the database",
  disk: "the disk of the database is full",
  point: "a process is killed right before it writes, syncs or sends something",
  clock: "the clock goes two days or an hour on, or an hour back",
  pause: "a process is suspended, where others could take over for longer than they wait",
  descriptors: "a process may open no more files",
  memory: "a process gets no more memory",
  mail: "the mail server is down, refuses everything or does not reply for a while",
  store: "the identity store is down or fails for a while",
  hang: "recipients' mails get no final reply for a while",
  reader: "the reader of the log stands still",
  body: "one body has thousands of invites",
} as const;

/** A kind of fault. */
export type Kind = keyof typeof KINDS;

const ONLY_OF: Partial<Record<Kind, DatabaseName>> = {
  files: "sqlite",
  row: "sqlite",
  server: "postgresql",
  readonly: "postgresql",
  connections: "postgresql",
};

/** Whether a text is the name of a kind. */
export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}

/** The kinds that a database can have. */
export function kindsOf(database: DatabaseName): readonly Kind[] {
  return Object.keys(KINDS).filter(isKind).filter((kind) =>
    (ONLY_OF[kind] ?? database) === database
  );
}
