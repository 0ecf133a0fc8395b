/**
 * What a configuration needs of the machine: its files, and the environment's variables.
 *
 * @module
 */

import { databaseTables } from "./sqlite_tables.ts";

/** What a configuration needs of the machine. Everything in it works on absolute paths. */
export interface ConfigEnvironment {
  /** The working directory. */
  readonly cwd: string;
  /** A file's text, without a byte order mark; it throws when there is none or it is no text. */
  readText(path: string): string;
  /** A file's content; it throws when there is none. */
  readBytes(path: string): Uint8Array;
  /** Whether there is a file or folder of that name. */
  exists(path: string): boolean;
  /**
   * A variable of the environment, `undefined` when it is not set. Asked for are `MXISD_*`,
   * `STATE_DIRECTORY` and `CREDENTIALS_DIRECTORY`.
   */
  env(name: string): string | undefined;
  /**
   * The names of a SQLite database's tables; `undefined` when there is no file, or it is empty. It
   * throws a {@linkcode NotADatabase} when the file is something else, else when it cannot be read.
   */
  databaseTables(path: string): readonly string[] | undefined;
}

const LARGEST = 4 * 1024 * 1024; // bytes; configurations and secrets have a few thousand

/** The machine that the program runs on. */
export function machineEnvironment(): ConfigEnvironment {
  return {
    cwd: Deno.cwd(),
    readText,
    readBytes,
    exists,
    env: (name) => Deno.env.get(name),
    databaseTables,
  };
}

function readText(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readBytes(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error("it is no text in UTF-8", { cause: error });
  }
}

function readBytes(path: string): Uint8Array {
  const information = Deno.statSync(path);
  if (information.isDirectory) throw new Error("it is a folder");
  // A pipe has no size, but ends; a device need not.
  if (!information.isFile && !information.isFifo) throw new Error("it is no file");
  if (information.size > LARGEST) throw new Error("it is larger than 4 MiB");
  return Deno.readFileSync(path);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // One that may not be looked at is there as well.
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}

/** Why a file could not be read, in words that fit after "cannot be read:". */
export function describeReadError(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is no folder";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) return "the program may not read it";
  return error instanceof Error ? error.message : "unknown error";
}
