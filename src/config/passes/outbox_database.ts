/**
 * Makes sure that the outbox's database is the service's own before anything is written to it.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { readError } from "../../system/read_file.ts";
import { quoted } from "../../text/printable.ts";
import type { Draft } from "../source/draft.ts";
import { NotADatabase } from "../source/sqlite_tables.ts";
import { DATABASE_NAME } from "./derived_defaults.ts";

const DATABASE = ["storage", "provider", "sqlite", "database"];

// Some tables of each program, which no other program has all of.
const OURS = ["meta", "invitations", "mails"];
const SYNAPSE = ["events", "event_json", "room_memberships"];
const DENDRITE = /^(?:roomserver|syncapi|userapi|federationsender|keyserver)_/;
const MXISD = /^(?:invite_3pid|invite_3pid_history|session_3pid|as_txn)$/;

/**
 * Checks whose database the configuration names. The homeserver's and any other program's are
 * refused; mxisd's is left unchanged, and a new one beside it is used.
 */
export function chooseOutboxDatabase(draft: Draft): void {
  if (draft.text(["storage", "backend"]) === "postgresql") return;
  const file = draft.absolutePath(DATABASE);
  if (file === undefined) return; // the schema reports it
  const kind = ownerOf(draft, file);
  const { report } = draft;
  if (kind === "homeserver") {
    const message = `${quoted(file)} is the homeserver's database: name another file, which the ` +
      "service will create";
    report.add("error", DATABASE, message);
  } else if (kind === "other") {
    const message = `${quoted(file)} is the database of another program: name another file`;
    report.add("error", DATABASE, message);
  } else if (kind === "mxisd" && basename(file) !== DATABASE_NAME) {
    const ours = join(dirname(file), DATABASE_NAME);
    const message = `${quoted(file)} is mxisd's database and is left unchanged: ` +
      `${quoted(ours)} is used instead`;
    report.add("notice", DATABASE, message);
    draft.replace(DATABASE, ours);
    chooseOutboxDatabase(draft);
  } else if (kind === "mxisd") {
    report.add("error", DATABASE, `${quoted(file)} is mxisd's database: name another file`);
  } else if (kind === "new" && !draft.environment.exists(dirname(file))) {
    const message = `the folder ${
      quoted(dirname(file))
    } does not exist: create it, or name another`;
    report.add("error", DATABASE, message);
  }
}

function ownerOf(draft: Draft, file: string): "ours" | "homeserver" | "mxisd" | "other" | "new" {
  let tables: readonly string[] | undefined;
  try {
    tables = draft.environment.databaseTables(file);
  } catch (error) {
    if (error instanceof NotADatabase) {
      const message = `${quoted(file)} is not a SQLite database: name another file, or one that ` +
        "does not exist yet";
      draft.report.add("error", DATABASE, message);
    } else {
      // The user who checks a configuration may not be allowed to read the database.
      const { message } = readError(file, error);
      draft.report.add("warning", DATABASE, `${message}; not checked that it is the service's own`);
    }
    return "ours";
  }
  if (tables === undefined) return "new";
  const has = (names: readonly string[]) => names.every((name) => tables.includes(name));
  if (has(SYNAPSE) || tables.some((name) => DENDRITE.test(name))) return "homeserver";
  if (tables.some((name) => MXISD.test(name))) return "mxisd";
  return tables.length === 0 || has(OURS) ? "ours" : "other";
}
