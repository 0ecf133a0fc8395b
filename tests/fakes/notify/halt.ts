import type { Halt } from "../../../src/notify/worker.ts";

/** A halt that a test begins and ends. */
export class FakeHalt implements Halt {
  readonly #listeners = new Set<() => void>();
  /** For how many milliseconds yet. */
  remaining: number | undefined;

  left(): Promise<number | undefined> {
    return Promise.resolve(this.remaining);
  }

  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends it. */
  end(): void {
    this.remaining = undefined;
    for (const listener of this.#listeners) listener();
  }
}
