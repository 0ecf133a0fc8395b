/**
 * Watches the open files of the database: are they still the ones at their paths? SQLite does not
 * notice when a file is replaced, renamed or deleted: it goes on with the old one, and whatever is
 * written then is lost at the next start.
 *
 * @module
 */

import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { openLog } from "../../system/log_events.ts";

const log = openLog("outbox");

const MIN_INTERVAL_MS = 100;
const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";
const CHANGE_COUNTER_OFFSET = 24;

interface OpenFile {
  readonly path: string;
  readonly descriptor: number;
}

/**
 * The open files of one database. The descriptors are closed with this, so that must not happen
 * before SQLite has closed the same files: it would release SQLite's locks (fcntl, POSIX.1-2017).
 */
export class OpenFiles implements Disposable {
  readonly #files: readonly OpenFile[];
  readonly #watcher: Deno.FsWatcher | undefined;
  #watching: Promise<void> = Promise.resolve();
  #lost: string | undefined;
  #checkedAt = -Infinity;
  #changeCounter = 0;

  /**
   * Opens files that SQLite has open. The permission to read is needed only now, except for a part of
   * the checks (see {@linkcode lost}).
   *
   * @param database The path of the database, as SQLite was given it.
   * @param suffixes Of the other files beside it.
   */
  constructor(database: string, suffixes: readonly string[]) {
    const real = Deno.realPathSync(database);
    const paths = [real, ...suffixes.map((suffix) => `${real}${suffix}`)];
    this.#files = paths.map((path) => ({ path, descriptor: openSync(path, "r") }));
    const folders = new Set([dirname(real), Deno.realPathSync(dirname(database))]);
    this.#watcher = watch([...folders]);
    const link = `${Deno.realPathSync(dirname(database))}/${database.split("/").at(-1)}`;
    this.#watching = this.#follow(new Set([...paths, ...folders, link]));
  }

  /**
   * What has happened to the files; `undefined` if they are still the database's.
   *
   * A change of the folder's entries is reported by the kernel soon afterwards, on any version of
   * Deno. Without the permission to read, Deno 2.6 sees nothing else; Deno 2.9 also sees a deleted or
   * overwritten file by its link count.
   */
  lost(): string | undefined {
    if (this.#lost !== undefined) return this.#lost;
    const now = performance.now();
    if (now - this.#checkedAt < MIN_INTERVAL_MS) return undefined;
    this.#checkedAt = now;
    for (const file of this.#files) this.#lost ??= differsFromPath(file);
    this.#lost ??= this.#overwritten();
    return this.#lost;
  }

  /** Whether the database is no longer at its path. One that was overwritten still is. */
  isMoved(): boolean {
    return this.lost() !== undefined && this.#overwritten() === undefined;
  }

  /** Resolves when the kernel's reports have ended; after the disposal. */
  get closed(): Promise<void> {
    return this.#watching;
  }

  /** Ends watching, and closes the descriptors. */
  [Symbol.dispose](): void {
    this.#watcher?.close();
    for (const { descriptor } of this.#files) closeSync(descriptor);
  }

  async #follow(paths: ReadonlySet<string>): Promise<void> {
    for await (const { kind, paths: changed } of this.#watcher ?? []) {
      if (kind !== "create" && kind !== "rename" && kind !== "remove") continue;
      const path = changed.find((path) => paths.has(path));
      if (path !== undefined) this.#lost ??= `${path} was replaced, renamed or deleted`;
    }
  }

  // A backup that is copied over the open file keeps its identity. The header's change counter never
  // decreases otherwise (SQLite's file format, 1.3.8).
  #overwritten(): string | undefined {
    const [file] = this.#files;
    if (file === undefined) return undefined;
    const header = new Uint8Array(HEADER_BYTES);
    const read = readSync(file.descriptor, header, 0, HEADER_BYTES, 0);
    const counter = new DataView(header.buffer).getUint32(CHANGE_COUNTER_OFFSET);
    const magic = new TextDecoder().decode(header.subarray(0, MAGIC.length));
    if (read < HEADER_BYTES || magic !== MAGIC || counter < this.#changeCounter) {
      return `${file.path} was overwritten`;
    }
    this.#changeCounter = counter;
    return undefined;
  }
}

function watch(folders: string[]): Deno.FsWatcher | undefined {
  try {
    return Deno.watchFs(folders, { recursive: false });
  } catch (error) {
    // The kernel's limit of watches, or a file system without them.
    log.warn("database folder not watched", { error });
    return undefined;
  }
}

function differsFromPath({ path, descriptor }: OpenFile): string | undefined {
  try {
    const open = fstatSync(descriptor);
    if (open.nlink === 0) return `${path} was replaced or deleted`;
    const present = statSync(path);
    const isSame = present.ino === open.ino && present.dev === open.dev;
    return isSame ? undefined : `${path} was replaced`;
  } catch (error) {
    // Without the permission.
    if (error instanceof Deno.errors.NotCapable) return undefined;
    if (isMissing(error)) return `${path} was renamed or deleted`;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
