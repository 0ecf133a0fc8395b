/**
 * Asking once what several want to know at the same time.
 *
 * @module
 */

import { refuseAborted } from "./deadline.ts";

interface Running<Result> {
  readonly result: Promise<Result>;
  readonly stop: AbortController;
  waiting: number;
}

/** Lookups that are under way, by what is looked up. */
export class SharedLookups<Result> {
  readonly #running = new Map<string, Running<Result>>();

  /** Names who asks, for errors. */
  constructor(readonly name: string) {}

  /**
   * Does the work, or waits for the same work that is under way already. An aborted signal ends the
   * waiting of this caller, and the work when nobody waits for it any more.
   *
   * @throws {StoreError} A temporary one, when the signal is aborted; else whatever the work throws.
   */
  async run(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    refuseAborted(this.name, signal);
    const running = this.#running.get(key) ?? this.#start(key, work);
    running.waiting++;
    const left = Promise.withResolvers<void>();
    const leave = () => left.resolve();
    signal?.addEventListener("abort", leave, { once: true });
    try {
      await Promise.race([running.result, left.promise]);
    } finally {
      signal?.removeEventListener("abort", leave);
      running.waiting--;
      if (running.waiting === 0) this.#stop(key, running);
    }
    refuseAborted(this.name, signal);
    return await running.result;
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<Result>): Running<Result> {
    const stop = new AbortController();
    const result = work(stop.signal);
    const running = { result, stop, waiting: 0 };
    this.#running.set(key, running);
    const forget = () => this.#forget(key, running);
    // Whoever waits hears of the failure.
    result.then(forget, forget);
    return running;
  }

  #stop(key: string, running: Running<Result>): void {
    // Whoever comes now starts anew.
    this.#forget(key, running);
    running.stop.abort();
  }

  #forget(key: string, running: Running<Result>): void {
    if (this.#running.get(key) === running) this.#running.delete(key);
  }
}
