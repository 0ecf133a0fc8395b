/**
 * People in a file of their own, in YAML or CSV, read again when it changes.
 *
 * @module
 */

import { checkReadable, decodeText, ReadError, readError } from "../../system/read_file.ts";
import { quoted } from "../../text/printable.ts";
import { StoreError } from "../port.ts";
import type { FilePerson } from "./file_person.ts";
import { parsePeopleCsv } from "./people_csv.ts";
import { parsePeopleYaml } from "./people_yaml.ts";

/** The people of a file by username, as they are now. */
export type PeopleFile = () => Promise<ReadonlyMap<string, readonly FilePerson[]>>;

const LIMITS = { maxBytes: 16 * 1024 * 1024 }; // a hundred thousand people
// File systems tell times in steps; what was changed so lately may have been changed twice in one.
const SETTLED_MS = 2000;

// Which file it is, and in which state; a state that is not settled may be another one already.
interface Stamp {
  readonly id: string;
  readonly settled: boolean;
}

/**
 * A file that is looked at for each lookup and read when it is another one than before. Its name
 * ends in `.csv`, else it is YAML. It fails with a {@linkcode StoreError}: `misconfigured` when the
 * file is not there or is broken, since nobody knows then who is in it.
 */
export function openPeopleFile(file: string, store: string, now: () => number): PeopleFile {
  let known: { readonly stamp: Stamp; readonly people: ReturnType<PeopleFile> } | undefined;

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
    // Half a file could be a whole one with fewer people.
    if ((await stampOf()).id !== id) {
      throw new StoreError(store, "temporary", `${quoted(file)} is being written`);
    }
    const text = decodeText(file, bytes);
    const parsed = /\.csv$/i.test(file) ? parsePeopleCsv(text) : parsePeopleYaml(text);
    if (parsed.kind === "broken") {
      throw new StoreError(store, "misconfigured", `${quoted(file)} cannot be used: ${parsed.why}`);
    }
    return Map.groupBy(parsed.people, (person) => person.username);
  }

  function refuse(error: unknown): never {
    throw readError(file, error);
  }

  async function current(): Promise<ReadonlyMap<string, readonly FilePerson[]>> {
    const stamp = await stampOf();
    if (known?.stamp.settled && known.stamp.id === stamp.id) return await known.people;
    const people = read(stamp);
    known = { stamp, people };
    try {
      return await people;
    } catch (error) {
      if (known.people === people) known = undefined;
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
