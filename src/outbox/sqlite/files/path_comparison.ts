/**
 * Compares files with what is at their paths, without opening anything: a descriptor that is closed
 * releases SQLite's locks on the same file (fcntl, POSIX.1-2017).
 *
 * @module
 */

import { statSync } from "node:fs";

const GONE: readonly unknown[] = ["ENOENT", "ENOTDIR", "ELOOP"];

/** A file by its identity. */
export interface FileIdentity {
  /** Where it was opened. */
  readonly path: string;
  /** Its device. */
  readonly dev: number;
  /** Its inode. */
  readonly ino: number;
}

/** The index of the first file that is no longer at its path; -1 if all are. */
export function findMoved(files: readonly FileIdentity[]): number {
  return files.findIndex(({ path, dev, ino }) => {
    try {
      const present = statSync(path);
      return present.ino !== ino || present.dev !== dev;
    } catch (error) {
      // Of anything else, such as a folder that may no longer be searched, nothing is known.
      return error instanceof Error && "code" in error && GONE.includes(error.code);
    }
  });
}
