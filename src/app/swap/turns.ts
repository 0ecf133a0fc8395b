/**
 * Lets parts of the service follow one another while it works.
 *
 * @module
 */

import { openLog } from "../../system/log_events.ts";

const log = openLog("app");

/** Parts that follow one another: those of new settings take over from those before. */
export interface Turns<Part extends AsyncDisposable> extends AsyncDisposable {
  /** What is used for whatever begins now. */
  readonly current: Part;
  /**
   * Works with the current ones until the signal is aborted, and resolves when what is in flight has
   * been settled, also that of earlier ones.
   *
   * @throws What the work with any of them throws; then the others are stopped as well.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Puts the next ones in place, at once. Those before begin nothing more, finish what they have begun,
   * and are disposed of.
   */
  replace(next: Part): void;
}

/**
 * Begins with the first ones.
 *
 * @param work Works with parts until the signal is aborted. The work with the ones before may not have
 *   ended when that with the next begins.
 */
export function openTurns<Part extends AsyncDisposable>(
  first: Part,
  work: (part: Part, signal: AbortSignal) => Promise<void>,
): Turns<Part> {
  let current = first;
  let running: Running<Part> | undefined;
  // Those that were replaced, until they are disposed of.
  const leaving = new Set<Promise<void>>();

  function leave(part: Part, ended: Promise<void> = Promise.resolve()): void {
    const left = ended
      // Whoever runs is told of its failure.
      .catch(() => {})
      .then(() => part[Symbol.asyncDispose]())
      .catch((error) => log.error("replaced parts not closed", { error }))
      .finally(() => leaving.delete(left));
    leaving.add(left);
  }

  return {
    get current() {
      return current;
    },
    async run(signal) {
      running = startRunning(current, work, signal);
      try {
        await running.ended;
      } finally {
        running = undefined;
        await Promise.all(leaving);
      }
    },
    replace(next) {
      const before = current;
      current = next;
      leave(before, running?.replace(next));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(leaving);
      await current[Symbol.asyncDispose]();
    },
  };
}

interface Running<Part> {
  /** Starts the work with the next ones, and ends that before; resolves when that has ended. */
  replace(next: Part): Promise<void>;
  /** Resolves when all work has ended. */
  readonly ended: Promise<void>;
}

function startRunning<Part>(
  first: Part,
  work: (part: Part, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Running<Part> {
  const failed = new AbortController();
  const all = Promise.withResolvers<void>();
  let works = 0;
  let failure: { readonly error: unknown } | undefined;

  function start(
    part: Part,
  ): { readonly replaced: AbortController; readonly ended: Promise<void> } {
    const replaced = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal, replaced.signal]);
    works++;
    const ended = Promise.try(work, part, stop);
    ended.catch((error) => {
      failure ??= { error };
      failed.abort();
    }).finally(() => {
      if (--works > 0) return;
      if (failure) all.reject(failure.error);
      else all.resolve();
    });
    return { replaced, ended };
  }

  let last = start(first);
  return {
    replace(next) {
      const { replaced, ended } = last;
      last = start(next);
      replaced.abort();
      return ended;
    },
    ended: all.promise,
  };
}
