/**
 * Checks the open files of the database: are they still the ones at their paths? SQLite does not
 * notice when a file is replaced, renamed or deleted: it goes on with the old one, and whatever is
 * written then is lost at the next start.
 *
 * @module
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { checkFromThread, checkHere, type PathCheck } from "./path_check.ts";

// Asking another thread takes longer than looking here, above all on a busy machine.
const LOOK_INTERVAL_MS = 100;
const ASK_INTERVAL_MS = 500;
const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";
const CHANGE_COUNTER_OFFSET = 24;

/**
 * The open files of one database. The descriptors are closed with this, so that must not happen
 * before SQLite has closed the same files: it would release SQLite's locks (fcntl, POSIX.1-2017).
 * For the same reason the folder is not watched: Deno opens and closes each file that changes in it.
 */
export class OpenFiles implements Disposable {
  readonly #descriptors: readonly number[];
  readonly #database: { readonly path: string; readonly descriptor: number };
  readonly #paths: PathCheck;
  readonly #interval: number;
  #lost: string | undefined;
  #checkedAt = -Infinity;
  #changeCounter = 0;

  /**
   * Opens files that SQLite has open.
   *
   * @param database The path of the database, as SQLite was given it.
   * @param suffixes Of the other files beside it.
   * @param readsLater Whether the permission to read is kept. Else another thread keeps it.
   */
  constructor(database: string, suffixes: readonly string[], readsLater: boolean) {
    const path = Deno.realPathSync(database);
    const paths = [path, ...suffixes.map((suffix) => `${path}${suffix}`)];
    const [descriptor = -1, ...others] = paths.map((path) => openSync(path, "r"));
    this.#database = { path, descriptor };
    this.#descriptors = [descriptor, ...others];
    // Also the path that SQLite was given: a symbolic link may lead elsewhere later.
    const files = [...paths, database].map((path, index) => {
      const { dev, ino } = fstatSync(this.#descriptors[index] ?? descriptor);
      return { path, dev, ino };
    });
    this.#paths = readsLater ? checkHere(files) : checkFromThread(files);
    this.#interval = readsLater ? LOOK_INTERVAL_MS : ASK_INTERVAL_MS;
  }

  /** Resolves when the checks need no permission any more, of those that the service gives up. */
  get started(): Promise<void> {
    return this.#paths.started;
  }

  /** What has happened to the files; `undefined` if they are still the database's. */
  lost(): string | undefined {
    if (this.#lost !== undefined) return this.#lost;
    const moved = this.#moved();
    this.#lost = moved === undefined
      ? this.#overwritten()
      : `${moved} was replaced, renamed or deleted`;
    return this.#lost;
  }

  /** Whether the database is no longer at its path. One that was overwritten still is. */
  isMoved(): boolean {
    return this.lost() !== undefined && this.#overwritten() === undefined;
  }

  /** Ends the checks, and closes the descriptors. */
  [Symbol.dispose](): void {
    this.#paths[Symbol.dispose]();
    for (const descriptor of this.#descriptors) closeSync(descriptor);
  }

  // The path of a file that was replaced, renamed or deleted, if it is time to look.
  #moved(): string | undefined {
    const now = performance.now();
    if (now - this.#checkedAt < this.#interval) return undefined;
    this.#checkedAt = now;
    return this.#paths.moved();
  }

  // A backup that is copied over the open file keeps its identity. The header's change counter never
  // decreases otherwise (SQLite's file format, 1.3.8). It is read each time: one that has just been
  // increased, and was not read, would not seem to decrease.
  #overwritten(): string | undefined {
    const { path, descriptor } = this.#database;
    const header = new Uint8Array(HEADER_BYTES);
    const read = readSync(descriptor, header, 0, HEADER_BYTES, 0);
    const counter = new DataView(header.buffer).getUint32(CHANGE_COUNTER_OFFSET);
    const magic = new TextDecoder().decode(header.subarray(0, MAGIC.length));
    if (read < HEADER_BYTES || magic !== MAGIC || counter < this.#changeCounter) {
      return `${path} was overwritten`;
    }
    this.#changeCounter = counter;
    return undefined;
  }
}
