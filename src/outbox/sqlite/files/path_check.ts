/**
 * Looks for moved files from a thread that keeps the permission to read about these files alone, as
 * the service gives it up.
 *
 * @module
 */

import { type FileIdentity, findMoved } from "./path_comparison.ts";
import { programFile } from "../../../system/program_file.ts";

/** What the thread is given: the files, and two numbers that both threads see. */
export interface PathCheckTask {
  /** The files. */
  readonly files: readonly FileIdentity[];
  /** The numbers at {@linkcode ASKED} and {@linkcode ANSWERED}. */
  readonly shared: SharedArrayBuffer;
}

/** Where the number of the last question is; it is {@linkcode END} when there will be no more. */
export const ASKED = 0;
/** Where the number of the last question is that was answered; negative until the thread runs. */
export const ANSWERED = 1;
/** Where the index of a moved file is; {@linkcode NONE} while there is none. */
export const MOVED = 2;
/** No question: the thread ends. */
export const END = -1;
/** No moved file. */
export const NONE = -1;
const NOT_YET = -1;

// The thread answers in a fraction of a millisecond unless the machine is busy.
const PATIENCE_MS = 100;

/** Looks for moved files. */
export interface PathCheck extends Disposable {
  /** Resolves when it needs no permission any more, of those that the service gives up. */
  readonly started: Promise<void>;
  /**
   * The path of a file that has been replaced, renamed or deleted; `undefined` if there is none, or
   * if it is not known yet: the thread starts, or does not answer within a tenth of a second.
   */
  moved(): string | undefined;
}

/** Looks as long as this thread may read. */
export function checkHere(files: readonly FileIdentity[]): PathCheck {
  return {
    started: Promise.resolve(),
    moved: () => files[findMoved(files)]?.path,
    [Symbol.dispose]() {},
  };
}

/** Looks from another thread, also when this one may no longer read. */
export function checkFromThread(files: readonly FileIdentity[]): PathCheck {
  const shared = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  const numbers = new Int32Array(shared);
  numbers[ANSWERED] = NOT_YET;
  numbers[MOVED] = NONE;
  const thread = new Worker(programFile("src/outbox/sqlite/files/path_check_thread.ts"), {
    type: "module",
    name: "database files",
    deno: {
      permissions: {
        read: files.map(({ path }) => path),
        env: false,
        ffi: false,
        import: false,
        net: false,
        run: false,
        sys: false,
        write: false,
      },
    },
  });
  const { promise: started, resolve } = Promise.withResolvers<void>();
  thread.onmessage = () => resolve();
  // Else a defect of the thread would end the service.
  thread.onerror = (event) => {
    event.preventDefault();
    resolve();
  };
  thread.postMessage({ files, shared } satisfies PathCheckTask);
  return {
    started,
    moved() {
      const before = Atomics.load(numbers, ANSWERED);
      if (before === NOT_YET) return undefined;
      Atomics.add(numbers, ASKED, 1);
      Atomics.notify(numbers, ASKED);
      Atomics.wait(numbers, ANSWERED, before, PATIENCE_MS);
      return files[Atomics.load(numbers, MOVED)]?.path;
    },
    [Symbol.dispose]() {
      Atomics.store(numbers, ASKED, END);
      Atomics.notify(numbers, ASKED);
      thread.terminate();
      resolve();
    },
  };
}
