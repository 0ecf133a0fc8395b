/**
 * Checks the database of the service: whether it can be used, its integrity, and the space that is left.
 *
 * @module
 */

import { accessSync, constants, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OutboxError } from "../outbox/port.ts";
import { describeFileError } from "../system/file_error.ts";
import { shellWord } from "../text/shell_word.ts";
import { checkServer, type ServerOptions } from "./database_server.ts";
import { type Check, error, ok, skipped, warning } from "./finding.ts";
import type { ServiceState } from "./service.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const MIN_FREE_BYTES = 20 * MIB;
const FEW_FREE_BYTES = 200 * MIB;
// Reading all of a larger one would take too long.
const MAX_READ_BYTES = 1024 * MIB;
const MAX_SHOWN_FAULTS = 3;

/** What the checks need. */
export interface DatabaseOptions extends ServerOptions {
  /** The file; `undefined` if it is on a server. */
  readonly file: string | undefined;
  readonly service: ServiceState;
}

/** Checks the database. It reads the whole file at once, and holds up everything else meanwhile. */
export async function checkDatabase(
  options: DatabaseOptions,
): Promise<readonly Check[]> {
  const { file, service, open, onOpened } = options;
  if (file === undefined) return await checkServer(options);
  const size = sizeOf(file);
  if (size === undefined) return [checkFolder(file, service)];
  try {
    onOpened(await open());
  } catch (cause) {
    if (!(cause instanceof OutboxError)) throw cause;
    const remedy = cause.kind === "refused"
      ? "Correct what the message says, or name another file in storage.provider.sqlite.database."
      : "Free space on the file system, or stop what keeps the file in use.";
    return [error("file", cause.message, remedy), ...checkSpace(file)];
  }
  return [...checkIntegrity(file, size), ...checkSpace(file)];
}

function checkFolder(file: string, service: ServiceState): Check {
  if (service.kind === "running") {
    return error(
      "file",
      `${file} does not exist, but the service is running: it has its database elsewhere`,
      "Run this command with the service's STATE_DIRECTORY, such as " +
        "STATE_DIRECTORY=/var/lib/appservice-mxisd, or name the file in " +
        "storage.provider.sqlite.database.",
    );
  }
  const folder = dirname(file);
  try {
    if (!Deno.statSync(folder).isDirectory) {
      return error(
        "file",
        `${folder} is not a folder`,
        "Correct storage.provider.sqlite.database.",
      );
    }
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    return error(
      "file",
      `${file} does not exist, and cannot be created: ${describeFileError(cause, folder, "write")}`,
      `Create the folder ${folder} for the user that the service runs as, or correct ` +
        "storage.provider.sqlite.database.",
    );
  }
  return skipped("file", `${file} does not exist yet: the service creates it at its first start`);
}

function checkIntegrity(file: string, size: number): readonly Check[] {
  const about = `${file} has ${readable(size)}`;
  if (size > MAX_READ_BYTES) {
    const remedy = `To check it, run: sqlite3 ${shellWord(file)} "PRAGMA quick_check"`;
    return [skipped("integrity", `${about}, which is too much to be read here`, remedy)];
  }
  using database = new DatabaseSync(file, { readOnly: true });
  const version = database.prepare("PRAGMA user_version").get()?.user_version;
  const faults = database.prepare(`PRAGMA quick_check(${MAX_SHOWN_FAULTS})`).all()
    .flatMap((row) => String(row.quick_check).split("\n"))
    // Each fault stands below a line that names the database of the connection.
    .filter((line) => line !== "ok" && !line.startsWith("***"));
  if (faults.length === 0) return [ok("integrity", `${about}, version ${version}, and is whole`)];
  return [error(
    "integrity",
    `${file} is damaged: ${faults.join("; ")}`,
    "Stop the service, keep a copy of the file, and restore a backup, or repair it with the .recover " +
      "of sqlite3.",
  )];
}

function checkSpace(file: string): readonly Check[] {
  let free: number;
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    free = bavail * bsize;
  } catch {
    return [skipped("space", "the free space of its file system is not known")];
  }
  const seen = `${readable(free)} are free where ${file} is`;
  const remedy = "Free space on that file system, or move the database to another one.";
  if (free < MIN_FREE_BYTES) return [error("space", seen, remedy)];
  return [free < FEW_FREE_BYTES ? warning("space", seen, remedy) : ok("space", seen)];
}

function readable(bytes: number): string {
  if (bytes < MIB) return `${Math.ceil(bytes / KIB)} KiB`;
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`;
}

function sizeOf(file: string): number | undefined {
  try {
    return Deno.statSync(file).size;
  } catch (error) {
    // Without the permission to look at it, opening it says so.
    return error instanceof Deno.errors.NotFound ? undefined : 0;
  }
}
