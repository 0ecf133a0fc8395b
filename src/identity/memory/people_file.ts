/**
 * People in a file of their own, in YAML or CSV, read again when it changes.
 *
 * @module
 */

import { StoreError, type StoreErrorKind } from "../port.ts";
import type { FilePerson } from "./file_person.ts";
import { parsePeopleCsv } from "./people_csv.ts";
import { parsePeopleYaml } from "./people_yaml.ts";

/** The people of a file by username, as they are now. */
export type PeopleFile = () => Promise<ReadonlyMap<string, readonly FilePerson[]>>;

const LARGEST = 16 * 1024 * 1024; // bytes; a hundred thousand people
// File systems tell times in steps; what was changed so lately may have been changed twice in one.
const SETTLED = 2000; // milliseconds

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
    const { isFile, size, mtime, ctime, ino } = await explained(() => Deno.stat(file));
    if (!isFile) throw fail("is no file");
    if (size > LARGEST) throw fail("is larger than 16 MiB");
    const changed = Math.max(mtime?.getTime() ?? 0, ctime?.getTime() ?? 0);
    const id = [ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
    return { id, settled: now() - changed > SETTLED };
  }

  async function read({ id }: Stamp): Promise<ReadonlyMap<string, readonly FilePerson[]>> {
    const bytes = await explained(() => Deno.readFile(file));
    // Half a file could be a whole one with fewer people.
    if ((await stampOf()).id !== id) throw fail("is being written", "temporary");
    const text = decode(bytes);
    if (text === undefined) throw fail("is no text in UTF-8");
    const parsed = /\.csv$/i.test(file) ? parsePeopleCsv(text) : parsePeopleYaml(text);
    if (parsed.kind === "broken") throw fail(`cannot be used: ${parsed.why}`);
    return Map.groupBy(parsed.people, (person) => person.username);
  }

  async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw fail(describeFault(error));
    }
  }

  function fail(reason: string, kind: StoreErrorKind = "misconfigured"): StoreError {
    return new StoreError(store, kind, `its file ${reason}`);
  }

  return async () => {
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
  };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function describeFault(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "does not exist";
  if (error instanceof Deno.errors.NotCapable) return "may not be read by this process";
  if (error instanceof Deno.errors.PermissionDenied) return "may not be read: permission denied";
  const code = error instanceof Error && "code" in error ? error.code : "unknown reason";
  return `cannot be read (${code})`;
}
