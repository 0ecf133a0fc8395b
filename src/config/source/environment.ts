/**
 * Access to the machine for reading a configuration: files and environment variables.
 *
 * @module
 */

import { checkReadable, readBytes, ReadError, reading, readText } from "../../system/read_file.ts";
import { databaseTables } from "./sqlite_tables.ts";

/** What reading a configuration needs of the machine. All paths are absolute. */
export interface ConfigEnvironment {
  /** The working directory. */
  readonly cwd: string;
  /**
   * A file's text, without a byte order mark.
   *
   * @throws {ReadError} When it cannot be read, or is not UTF-8.
   */
  readText(path: string): string;
  /**
   * A file's content.
   *
   * @throws {ReadError} When it cannot be read.
   */
  readBytes(path: string): Uint8Array;
  /**
   * Tries whether a file or a folder can be read, without reading it.
   *
   * @throws {ReadError} When it cannot.
   */
  tryReading(path: string, kind: "file" | "folder"): void;
  /** A file's permissions; `undefined` for a pipe, or where the system has none. */
  mode?(path: string): number | undefined;
  /** Whether there is a file or folder at the path. */
  exists(path: string): boolean;
  /**
   * An environment variable, `undefined` when it is not set. Only `MXISD_*`, `STATE_DIRECTORY`,
   * `CREDENTIALS_DIRECTORY` and what systemd says about its socket and watchdog are read.
   */
  env(name: string): string | undefined;
  /**
   * The names of a SQLite database's tables; `undefined` when there is no file, or it is empty.
   *
   * @throws {NotADatabase} When the file is not a database. Other errors: it cannot be read.
   */
  databaseTables(path: string): readonly string[] | undefined;
}

// Configurations and secrets have a few thousand bytes, and may come from a pipe.
const LIMITS = { maxBytes: 4 * 1024 * 1024, pipe: true };

/** The machine that the program runs on. */
export function machineEnvironment(): ConfigEnvironment {
  // Now: the service gives up the permission to read them, and may read its configuration again.
  const variables = Deno.env.toObject();
  return {
    cwd: Deno.cwd(),
    readText: (path) => readText(path, LIMITS),
    readBytes: (path) => readBytes(path, LIMITS),
    tryReading,
    mode,
    exists,
    env: (name) => variables[name],
    databaseTables,
  };
}

function tryReading(path: string, kind: "file" | "folder"): void {
  reading(path, () => {
    const info = Deno.statSync(path);
    if (kind === "file") {
      checkReadable(path, info, { maxBytes: Infinity });
      Deno.openSync(path).close();
    } else {
      if (!info.isDirectory) throw new ReadError(path, "it is not a folder");
      Deno.readDirSync(path)[Symbol.iterator]().next();
    }
  });
}

function mode(path: string): number | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isFile ? info.mode ?? undefined : undefined;
  } catch {
    return undefined; // it was removed meanwhile
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // Without permission to look at it, it is taken to exist.
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}
