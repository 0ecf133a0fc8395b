/** A machine whose files are in memory. */

import { resolve } from "node:path";
import type { ConfigEnvironment } from "../../src/config/source/environment.ts";
import { NotADatabase } from "../../src/config/source/sqlite_tables.ts";
import { ReadError, readError } from "../../src/system/read_file.ts";

/** The files, databases and environment variables of a machine. */
export interface MemoryMachine {
  readonly cwd?: string | undefined;
  /** Texts by path, bytes as characters up to U+00FF; relative ones are in /etc/mxisd. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Tables by path; `null` stands for a file that is not a database. */
  readonly databases?: Readonly<Record<string, readonly string[] | null>> | undefined;
}

/** The environment of such a machine. All folders exist. */
export function memoryEnvironment(machine: MemoryMachine): ConfigEnvironment {
  const absolute = (path: string) => resolve("/etc/mxisd", path);
  const files = new Map(
    Object.entries(machine.files ?? {}).map(([path, text]) => [absolute(path), text]),
  );
  const databases = new Map(
    Object.entries(machine.databases ?? {}).map(([path, tables]) => [absolute(path), tables]),
  );
  return {
    cwd: machine.cwd ?? "/etc/mxisd",
    readText(path) {
      const text = files.get(path);
      if (text === undefined) throw readError(path, new Deno.errors.NotFound());
      return text;
    },
    readBytes(path) {
      const text = files.get(path);
      if (text === undefined) throw readError(path, new Deno.errors.NotFound());
      return Uint8Array.from(text, (character) => character.charCodeAt(0));
    },
    tryReading(path, kind) {
      const isFile = files.has(path) || databases.has(path);
      if (kind === "folder" && isFile) throw new ReadError(path, "it is not a folder");
      if (kind === "file" && !isFile) throw new ReadError(path, "it is a folder");
    },
    exists(path) {
      const isFolder = !/\.[a-z]+$/.test(path) && path !== "/missing";
      return files.has(path) || databases.has(path) || isFolder;
    },
    env: (name) => machine.env?.[name],
    databaseTables(path) {
      const tables = databases.get(path);
      if (tables === null) throw new NotADatabase("not a SQLite database");
      return tables;
    },
  };
}
