/**
 * Makes sure that the database is ours before anything is written to it.
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

// A few tables that only the one program has, all of them.
const OURS = ["meta", "invitations", "mails"];
const SYNAPSE = ["events", "event_json", "room_memberships"];
const DENDRITE = /^(?:roomserver|syncapi|userapi|federationsender|keyserver)_/;
const MXISD = /^(?:invite_3pid|invite_3pid_history|session_3pid|as_txn)$/;

/**
 * Looks into the database that the configuration names. The homeserver's and any other program's is
 * refused; beside mxisd's own, which stays as it is, there is a new one of ours.
 */
export function chooseDatabase(draft: Draft): void {
  const file = draft.absolutePath(DATABASE);
  if (file === undefined) return; // the schema will say what is wrong with it
  const kind = whose(draft, file);
  const { report } = draft;
  if (kind === "homeserver") {
    const message = `${quoted(file)} is the homeserver's database: name another file, which the ` +
      "service makes for itself";
    report.add("error", DATABASE, message);
  } else if (kind === "other") {
    const message = `${quoted(file)} is the database of another program: name another file`;
    report.add("error", DATABASE, message);
  } else if (kind === "mxisd" && basename(file) !== DATABASE_NAME) {
    const ours = join(dirname(file), DATABASE_NAME);
    const message = `${quoted(file)} is mxisd's own database and is left as it is: ` +
      `${quoted(ours)} is used`;
    report.add("notice", DATABASE, message);
    draft.replace(DATABASE, ours);
    chooseDatabase(draft);
  } else if (kind === "mxisd") {
    report.add("error", DATABASE, `${quoted(file)} is mxisd's own database: name another file`);
  } else if (kind === "new" && !draft.environment.exists(dirname(file))) {
    const message = `the folder ${quoted(dirname(file))} does not exist: make it, or name another`;
    report.add("error", DATABASE, message);
  }
}

function whose(draft: Draft, file: string): "ours" | "homeserver" | "mxisd" | "other" | "new" {
  let tables: readonly string[] | undefined;
  try {
    tables = draft.environment.databaseTables(file);
  } catch (error) {
    if (error instanceof NotADatabase) {
      const message = `${quoted(file)} is not a SQLite database: name another file, or one that ` +
        "does not exist yet";
      draft.report.add("error", DATABASE, message);
    } else {
      // Whoever checks a configuration need not be who may read the database.
      const { message } = readError(file, error);
      draft.report.add("warning", DATABASE, `${message}; it is not known whose database it is`);
    }
    return "ours";
  }
  if (tables === undefined) return "new";
  const has = (names: readonly string[]) => names.every((name) => tables.includes(name));
  if (has(SYNAPSE) || tables.some((name) => DENDRITE.test(name))) return "homeserver";
  if (tables.some((name) => MXISD.test(name))) return "mxisd";
  return tables.length === 0 || has(OURS) ? "ours" : "other";
}
