/**
 * The service of a campaign, which is killed and started again.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Child } from "../process/child.ts";
import { type LogEvent, logEvent, startServing } from "../process/program.ts";
import { pause } from "./pause.ts";

// A busy machine may take that long.
const START_MS = 60_000;
const END_MS = 60_000;
// How many invites the service acknowledges, and how long it runs, before it is killed, at most.
const MAX_LIFE_INVITES = 100;
const MAX_LIFE_MS = 3_000;
const MAX_STARTING_MS = 1_500;

/** How the service is run. */
export interface CampaignServiceOptions {
  /** Where its configuration is. */
  readonly folder: string;
  /** More variables of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The numbers that decide. */
  readonly random: () => number;
  /** How many invites were acknowledged so far. */
  readonly acknowledged: () => number;
  /** Called before each kill. */
  readonly beforeKill: () => void;
  /** Called when it listens again, with the time since when it did not, in milliseconds. */
  readonly wasDown: (since: number) => void;
}

/** Runs `serve`, one process at a time. */
export class CampaignService implements AsyncDisposable {
  /** How often it was killed. */
  kills = 0;
  readonly #options: CampaignServiceOptions;
  #child: Child | undefined;
  #downSince: number | undefined;

  /** Does not start it yet. */
  constructor(options: CampaignServiceOptions) {
    this.#options = options;
  }

  /** The process that was started last. */
  get child(): Child {
    assert.ok(this.#child);
    return this.#child;
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    await this.#begin();
    await this.child.line((line) => logEvent(line)?.event === "listening", START_MS);
    if (this.#downSince !== undefined) this.#options.wasDown(this.#downSince);
    this.#downSince = undefined;
  }

  /** Kills it at any moment, and starts it again; every fourth time it is killed while it starts. */
  async killAndStart(): Promise<void> {
    const { acknowledged, random } = this.#options;
    const enough = acknowledged() + random() * MAX_LIFE_INVITES;
    const end = performance.now() + MAX_LIFE_MS;
    while (acknowledged() < enough && performance.now() < end) await pause(5);
    // Not always right after an acknowledgement.
    await pause(random() * 50);
    await this.kill();
    if (this.kills % 4 === 0) {
      await this.#begin();
      await pause(random() * MAX_STARTING_MS);
      await this.kill();
    }
    await this.start();
  }

  /** Kills it. */
  async kill(): Promise<void> {
    this.#options.beforeKill();
    this.#downSince ??= Date.now();
    const status = await this.child.stop("SIGKILL");
    assert.equal(status.signal, "SIGKILL", `the service ended by itself:\n${this.child.tail()}`);
    this.kills++;
  }

  /** Stops it as an administrator does. */
  async stop(): Promise<void> {
    this.#downSince ??= Date.now();
    const status = await this.child.stop("SIGTERM", END_MS);
    assert.equal(status.code, 0, this.child.tail());
  }

  /** Waits until it has ended by itself, and returns its exit code. */
  async ended(): Promise<number> {
    const { promise, reject } = Promise.withResolvers<never>();
    const late = () => reject(new Error(`the service still runs:\n${this.child.tail()}`));
    const timer = setTimeout(late, END_MS);
    try {
      const { code } = await Promise.race([this.child.ended, promise]);
      this.#downSince ??= Date.now();
      return code;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What the process that was started last has logged under a name. */
  logged(event: string): readonly LogEvent[] {
    return this.child.lines.items.flatMap((line) => logEvent(line) ?? [])
      .filter((logged) => logged.event === event);
  }

  async #begin(): Promise<void> {
    const { folder, env } = this.#options;
    this.#child = await startServing(folder, env);
  }

  /** Kills it if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
  }
}
