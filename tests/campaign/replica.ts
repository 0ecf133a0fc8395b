/**
 * One process of the service.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Child } from "../process/child.ts";
import { removeFakedClock } from "../process/faked_clock.ts";
import { type LogEvent, logEvent, startServing } from "../process/program.ts";

// A busy machine may take that long.
const START_MS = 60_000;
const END_MS = 60_000;
// What it logs at the end of its start.
const BEGINNINGS: ReadonlySet<string> = new Set([
  "mail transport ready",
  "mail transport not ready",
]);

/** Runs `serve` with the configuration in a folder, one process at a time. */
export class Replica implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: Child | undefined;
  #isRunning = false;

  /**
   * Does not start it yet.
   *
   * @param env More variables of its environment.
   */
  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** The process that was started last. */
  get child(): Child {
    assert.ok(this.#child);
    return this.#child;
  }

  /** Whether it was started, and neither killed nor stopped since. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Starts it. */
  async begin(): Promise<void> {
    this.#child = await startServing(this.#folder, this.#env);
    this.#isRunning = true;
  }

  /** Waits until it listens. */
  async listens(): Promise<void> {
    await this.child.line((line) => logEvent(line)?.event === "listening", START_MS);
  }

  /** Waits until it has started its work, which a busy machine does some time after it listens. */
  async works(): Promise<void> {
    await this.child.line((line) => BEGINNINGS.has(logEvent(line)?.event ?? ""), START_MS);
  }

  /** Kills it. */
  async kill(): Promise<void> {
    const status = await this.child.stop("SIGKILL");
    assert.equal(status.signal, "SIGKILL", `the service ended by itself:\n${this.child.tail()}`);
    await this.#hasEnded();
  }

  /** Stops it as an administrator does. */
  async stop(): Promise<void> {
    const status = await this.child.stop("SIGTERM", END_MS);
    assert.equal(status.code, 0, this.child.tail());
    await this.#hasEnded();
  }

  /** Waits until it has ended by itself. */
  async ended(within = END_MS): Promise<Deno.CommandStatus> {
    const { promise, reject } = Promise.withResolvers<never>();
    const late = () => reject(new Error(`the service still runs:\n${this.child.tail()}`));
    const timer = setTimeout(late, within);
    try {
      const status = await Promise.race([this.child.ended, promise]);
      await this.#hasEnded();
      return status;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What the process that was started last has logged under a name. */
  logged(event: string): readonly LogEvent[] {
    return this.child.lines.items.flatMap((line) => logEvent(line) ?? [])
      .filter((logged) => logged.event === event);
  }

  async #hasEnded(): Promise<void> {
    this.#isRunning = false;
    await removeFakedClock(this.child.pid);
  }

  /** Kills it if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
  }
}
