/**
 * Checks who owns the files of the service, and who may read and write them.
 *
 * @module
 */

import { dirname } from "node:path";
import { ownAccount, userName } from "../system/accounts.ts";
import { shellWord } from "../text/shell_word.ts";
import { type Check, ok, warning } from "./finding.ts";

/** The files of a deployment. */
export interface DeploymentFiles {
  /** The configuration; whether others read its secrets has been checked with it. */
  readonly configuration: string;
  /** Files with secrets: of the configuration, and the registration. */
  readonly secrets: readonly string[];
  /** Other files that it names. */
  readonly others: readonly string[];
  /** The database's file, if the service has one. */
  readonly database: string | undefined;
}

const READ_BY_OTHERS = 0o004;
const WRITTEN_BY_OTHERS = 0o002;
const BY_ANYBODY_ELSE = 0o077;
const ROOT = 0;
// Whom the kernel shows in place of a user that a container does not have.
const UNKNOWN = 65534;
// SQLite's journal, its index and the lock of the service.
const BESIDE = ["", "-wal", "-shm", "-owner"];

/** Checks them. Files that are missing are the business of whoever reads them. */
export function checkFiles(files: DeploymentFiles): readonly Check[] {
  const database = BESIDE.flatMap((suffix) => files.database ? [files.database + suffix] : []);
  const service = owners(database.slice(0, 1));
  const trusted = new Set([ROOT, UNKNOWN, ownAccount()?.uid ?? UNKNOWN, ...service]);
  const read = [files.configuration, ...files.secrets, ...files.others];
  const checks = [
    ...read.flatMap((file) => checkWriters(file, trusted)),
    ...files.secrets.flatMap(checkReaders),
    ...checkDatabase(database),
  ];
  if (checks.length > 0) return checks;
  const count = [...read, ...database].filter((file) => stat(file) !== undefined).length;
  return [
    ok(
      "owners and modes",
      `${count === 1 ? "one file is" : `${count} files are`} safe from other users`,
    ),
  ];
}

function checkWriters(file: string, trusted: ReadonlySet<number>): readonly Check[] {
  const info = stat(file);
  if (!info?.isFile || info.mode === null) return [];
  if ((info.mode & WRITTEN_BY_OTHERS) !== 0) {
    return [
      warning(file, "everybody on this machine can change it", `Run: chmod o-w ${shellWord(file)}`),
    ];
  }
  if (info.uid === null || trusted.has(info.uid)) return [];
  const seen = `belongs to the user ${userName(info.uid)}, who can change it`;
  return [
    warning(file, seen, `Run: chown root ${shellWord(file)} (and let the service's group read it)`),
  ];
}

function checkReaders(file: string): readonly Check[] {
  const info = stat(file);
  if (!info?.isFile || info.mode === null || (info.mode & READ_BY_OTHERS) === 0) return [];
  const seen = "everybody on this machine can read it, and it contains a secret";
  return [warning(file, seen, `Run: chmod 640 ${shellWord(file)}`)];
}

// A command that was run as root before the first start leaves files that the service cannot write.
function checkDatabase(files: readonly string[]): readonly Check[] {
  const folder = stat(dirname(files[0] ?? ""));
  const owner = folder?.uid ?? ROOT;
  return files.flatMap((file) => {
    const info = stat(file);
    if (!info?.isFile || info.uid === null || info.mode === null) return [];
    if (info.uid === ROOT && owner !== ROOT && owner !== UNKNOWN) {
      const user = userName(owner);
      const seen = `belongs to root, but its folder to ${user}, as whom the service seems to run`;
      return [warning(file, seen, `Run: chown ${user} ${shellWord(file)}`)];
    }
    if ((info.mode & BY_ANYBODY_ELSE) === 0) return [];
    const seen = "other users may read or write it, and it contains addresses";
    return [warning(file, seen, `Run: chmod 600 ${shellWord(file)}`)];
  });
}

function owners(files: readonly string[]): readonly number[] {
  return files.flatMap((file) => stat(file)?.uid ?? []);
}

function stat(file: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(file);
  } catch {
    return undefined;
  }
}
