/**
 * The service of a campaign: one process or several, which are killed and started again.
 *
 * @module
 */

import type { LogEvent } from "../process/program.ts";
import { pause } from "./pause.ts";
import type { Replica } from "./replica.ts";
import { choose } from "./seeded_random.ts";

// How long the service runs before it is killed, at most.
const MAX_LIFE_MS = 3_000;
const MAX_STARTING_MS = 1_500;

/** How the service is run. */
export interface CampaignServiceOptions {
  /** Its processes. */
  readonly replicas: readonly [Replica, ...Replica[]];
  /** The numbers that decide. */
  readonly random: () => number;
  /** How many invites are acknowledged between two kills, at most. */
  readonly maxLifeInvites: number;
  /** How many invites were acknowledged so far. */
  readonly acknowledged: () => number;
  /** Called before each kill of a process. */
  readonly beforeKill: () => void;
  /** Called when it works again, with the time since when it did not, in milliseconds. */
  readonly wasDown: (since: number) => void;
}

/** Runs the replicas. */
export class CampaignService implements AsyncDisposable {
  /** How often a process was killed. */
  kills = 0;
  /** The processes. */
  readonly replicas: readonly [Replica, ...Replica[]];
  readonly #options: CampaignServiceOptions;
  #downSince: number | undefined;

  /** Does not start it yet. */
  constructor(options: CampaignServiceOptions) {
    this.#options = options;
    this.replicas = options.replicas;
  }

  /** Starts those that do not run, and waits until they listen. */
  async start(): Promise<void> {
    const ended = this.replicas.filter(({ isRunning }) => !isRunning);
    await Promise.all(ended.map((replica) => replica.begin()));
    await Promise.all(ended.map((replica) => replica.listens()));
    // It may be killed before.
    for (const replica of ended) replica.works().then(() => this.#isUp(), () => {});
  }

  /** Kills one at any moment, and starts it again; every fourth time it is killed while it starts. */
  async killAndStart(): Promise<void> {
    const { acknowledged, maxLifeInvites, random } = this.#options;
    const enough = acknowledged() + random() * maxLifeInvites;
    const end = performance.now() + MAX_LIFE_MS;
    while (acknowledged() < enough && performance.now() < end) await pause(5);
    // Not always right after an acknowledgement.
    await pause(random() * 50);
    const replica = await this.kill();
    if (this.kills % 4 === 0) {
      await replica.begin();
      await pause(random() * MAX_STARTING_MS);
      await this.kill(replica);
    }
    await this.start();
  }

  /** One of those that run. */
  any(): Replica {
    return choose(this.#options.random, this.replicas.filter(({ isRunning }) => isRunning));
  }

  /** Kills one of those that run. */
  async kill(replica: Replica = this.any()): Promise<Replica> {
    this.#options.beforeKill();
    if (this.#running === 1) this.isDown();
    await replica.kill();
    this.kills++;
    return replica;
  }

  /** Stops it as an administrator does. */
  async stop(): Promise<void> {
    this.isDown();
    await Promise.all(this.replicas.map((replica) => replica.stop()));
  }

  /** Waits until the only process has ended by itself, and returns its exit code. */
  async ended(): Promise<number> {
    const { code } = await this.replicas[0].ended();
    this.isDown();
    return code;
  }

  /** Notes that a process has died by itself. */
  died(): void {
    this.#options.beforeKill();
    if (this.#running === 0) this.isDown();
  }

  /** Notes that none of the processes works from now on. */
  isDown(): void {
    this.#downSince ??= Date.now();
  }

  /** What the processes that were started last have logged under a name. */
  logged(event: string): readonly LogEvent[] {
    return this.replicas.flatMap((replica) => replica.logged(event));
  }

  /** The last lines of each process. */
  tail(): string {
    return this.replicas.map(({ child }) => child.tail()).join("\n\n");
  }

  #isUp(): void {
    if (this.#downSince !== undefined) this.#options.wasDown(this.#downSince);
    this.#downSince = undefined;
  }

  get #running(): number {
    return this.replicas.filter(({ isRunning }) => isRunning).length;
  }

  /** Kills those that run. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const replica of this.replicas) await replica[Symbol.asyncDispose]();
  }
}
