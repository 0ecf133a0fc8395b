/**
 * The clock of the service in a campaign, which jumps.
 *
 * @module
 */

import { type FakedClock, fakedClock } from "../process/faked_clock.ts";

/** A clock that can be moved. */
export class CampaignClock {
  readonly #clock: FakedClock | undefined;
  #aheadSeconds = 0;

  private constructor(clock: FakedClock | undefined) {
    this.#clock = clock;
  }

  /**
   * Makes a clock.
   *
   * @param isFaked Otherwise it is the machine's, and cannot be moved.
   */
  static async create(folder: string, isFaked: boolean): Promise<CampaignClock> {
    return new CampaignClock(isFaked ? await fakedClock(folder, "+0") : undefined);
  }

  /** The variables of the environment of the process that gets this clock. */
  get env(): Readonly<Record<string, string>> {
    return this.#clock?.env ?? {};
  }

  /** Moves it by so many seconds. */
  async move(seconds: number): Promise<void> {
    if (this.#clock === undefined) throw new Error("this clock cannot be moved");
    this.#aheadSeconds += seconds;
    await this.#clock.set(`${this.#aheadSeconds < 0 ? "" : "+"}${this.#aheadSeconds}`);
  }
}
