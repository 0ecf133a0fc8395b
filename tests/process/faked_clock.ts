/**
 * A wall clock for a child process that is wrong, and may jump while it runs (Debian's libfaketime).
 * The monotonic clock stays right, as it does when the clock of a real machine is set.
 *
 * @module
 */

const LIBRARIES = ["x86_64", "aarch64"].map((machine) =>
  `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`
);

/** A clock that can be set. */
export interface FakedClock {
  /** The variables of the environment of the process that gets this clock. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets it, from now on, as far ahead of the real one as this says: `+2d`, `-1h`, `+0`. */
  set(offset: string): Promise<void>;
}

/**
 * Makes a clock that is so far ahead of the real one.
 *
 * @param folder Where its file goes.
 * @throws {Error} When libfaketime is not installed.
 */
export async function fakedClock(folder: string, offset: string): Promise<FakedClock> {
  const library = findLibrary();
  const file = `${folder}/clock`;
  const clock: FakedClock = {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    async set(offset) {
      // In one step: the process reads it at any time.
      await Deno.writeTextFile(`${file}.new`, offset);
      await Deno.rename(`${file}.new`, file);
    },
  };
  await clock.set(offset);
  return clock;
}

/**
 * The variables of the environment of a process whose clock is so far ahead of the real one for as
 * long as it runs. It can be read far more often than one that can be set.
 *
 * @throws {Error} When libfaketime is not installed.
 */
export function steadyClock(offset: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: findLibrary(),
    FAKETIME: offset,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

/** Removes what libfaketime leaves in the machine's memory of a process that was killed. */
export async function removeFakedClock(pid: number): Promise<void> {
  for (const name of ["faketime_shm", "sem.faketime_sem"]) {
    await Deno.remove(`/dev/shm/${name}_${pid}`).catch(() => {});
  }
}

function findLibrary(): string {
  const library = LIBRARIES.find(isFile);
  if (library !== undefined) return library;
  throw new Error("libfaketime is missing: run tests/e2e/install.sh, or install faketime");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
