/**
 * A YAML or CSV file of people, which is read again when it changes.
 *
 * @module
 */

import { checkReadable, decodeText, ReadError, readError } from "../../system/read_file.ts";
import { quoted } from "../../text/printable.ts";
import { StoreError } from "../port.ts";
import type { FilePerson } from "./file_person.ts";
import { parsePeopleCsv } from "./people_csv.ts";
import { parsePeopleYaml } from "./people_yaml.ts";

/** Returns the file's current people, by username. */
export type PeopleFile = () => Promise<ReadonlyMap<string, readonly FilePerson[]>>;

const LIMITS = { maxBytes: 16 * 1024 * 1024 }; // a hundred thousand people
// File systems have coarse timestamps: two recent changes may have the same one.
const SETTLED_MS = 2000;

interface Stamp {
  /** Identifies the file and its state. */
  readonly id: string;
  /** Whether a change after this one must have another ID. */
  readonly settled: boolean;
}

/**
 * Opens a file of people: CSV if its name ends in `.csv`, otherwise YAML. Each lookup compares the
 * file's metadata, and reads the file if it has changed. A missing or invalid file fails the lookup
 * with a `misconfigured` {@linkcode StoreError}: anybody could be in it.
 */
export function openPeopleFile(file: string, store: string, now: () => number): PeopleFile {
  let cached: { readonly stamp: Stamp; readonly people: ReturnType<PeopleFile> } | undefined;

  async function stampOf(): Promise<Stamp> {
    const info = await Deno.stat(file).catch(refuse);
    checkReadable(file, info, LIMITS);
    const { size, mtime, ctime, ino } = info;
    const changed = Math.max(mtime?.getTime() ?? 0, ctime?.getTime() ?? 0);
    const id = [ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
    return { id, settled: now() - changed > SETTLED_MS };
  }

  async function read({ id }: Stamp): Promise<ReadonlyMap<string, readonly FilePerson[]>> {
    const bytes = await Deno.readFile(file).catch(refuse);
    // A partly written file may look complete, with fewer people.
    if ((await stampOf()).id !== id) {
      throw new StoreError(store, "temporary", `${quoted(file)} is being written`);
    }
    const text = decodeText(file, bytes);
    const parsed = /\.csv$/i.test(file) ? parsePeopleCsv(text) : parsePeopleYaml(text);
    if (parsed.kind === "invalid") {
      throw new StoreError(
        store,
        "misconfigured",
        `${quoted(file)} cannot be used: ${parsed.reason}`,
      );
    }
    return Map.groupBy(parsed.people, (person) => person.username);
  }

  function refuse(error: unknown): never {
    throw readError(file, error);
  }

  async function current(): Promise<ReadonlyMap<string, readonly FilePerson[]>> {
    const stamp = await stampOf();
    if (cached?.stamp.settled && cached.stamp.id === stamp.id) return await cached.people;
    const people = read(stamp);
    cached = { stamp, people };
    try {
      return await people;
    } catch (error) {
      if (cached.people === people) cached = undefined;
      throw error;
    }
  }

  return async () => {
    try {
      return await current();
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      throw new StoreError(store, "misconfigured", error.message, { cause: error });
    }
  };
}
