/**
 * Coalesces concurrent lookups of the same key (single flight).
 *
 * @module
 */

import { throwIfAborted } from "./deadline.ts";

interface Flight<Result> {
  readonly result: Promise<Result>;
  readonly abort: AbortController;
  waiting: number;
}

/** Lookups in flight, by key. */
export class SingleFlight<Result> {
  readonly #flights = new Map<string, Flight<Result>>();

  /** Takes the name of the store, for errors. */
  constructor(readonly store: string) {}

  /**
   * Runs the work, or waits for the same work if it is already in flight. Aborting the signal ends
   * the wait of this caller; the work itself is aborted when no caller waits for it any more.
   *
   * @throws {StoreError} A temporary one if the signal is aborted; otherwise what the work throws.
   */
  async run(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    throwIfAborted(this.store, signal);
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiting++;
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([flight.result, aborted.promise]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      flight.waiting--;
      if (flight.waiting === 0) this.#abort(key, flight);
    }
    throwIfAborted(this.store, signal);
    return await flight.result;
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const abort = new AbortController();
    const result = work(abort.signal);
    const flight = { result, abort, waiting: 0 };
    this.#flights.set(key, flight);
    const forget = () => this.#forget(key, flight);
    // A rejection reaches the callers through `result`.
    result.then(forget, forget);
    return flight;
  }

  #abort(key: string, flight: Flight<Result>): void {
    // Later callers must not join a flight that is being aborted.
    this.#forget(key, flight);
    flight.abort.abort();
  }

  #forget(key: string, flight: Flight<Result>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
