/**
 * A homeserver that pushes invites as Synapse does: one transaction at a time, repeated with the
 * same ID until it is acknowledged.
 *
 * @module
 */

import { addressOf, DOMAIN, HS_TOKEN, PEOPLE } from "./configuration.ts";
import { pause } from "./pause.ts";
import type { AcceptedInvite } from "./traffic.ts";

// Between attempts: a homeserver waits longer, which would only make the campaign slower.
const RETRY_MS = 50;
const MAX_INVITES = 4; // in one transaction
const MAX_PAUSE_MS = 40;
// Beyond so many invites that wait for their mails, the load is reduced: a busy machine may be slower
// than the homeserver.
const MANY_WAITING = 300;
const LONG_PAUSE_MS = 500;

interface Invite {
  readonly room: string;
  readonly address: string;
  readonly event: unknown;
}

/** Pushes until it is stopped. */
export class CampaignHomeserver implements AsyncDisposable {
  /** The invites that were acknowledged. */
  readonly accepted: AcceptedInvite[] = [];
  /** When the last request that was acknowledged began, in milliseconds. */
  lastAskedAt = 0;
  /** How long the slowest of the small transactions took to be acknowledged, in milliseconds. */
  slowest = 0;
  readonly #port: number;
  readonly #random: () => number;
  readonly #done: () => number;
  #rooms = 0;
  #transactions = 0;
  #stopped = false;
  #abandoned = false;
  #running: Promise<void> = Promise.resolve();

  /**
   * Pushes to a service on the loopback interface.
   *
   * @param done How many invites have been announced, or never will be.
   */
  constructor(port: number, random: () => number, done: () => number) {
    this.#port = port;
    this.#random = random;
    this.#done = done;
  }

  /** Pushes one transaction after another until {@linkcode stop} is called. */
  run(): Promise<void> {
    return this.#running = this.#pushSmallOnes();
  }

  /** How many invites wait for their mails. */
  get waiting(): number {
    return this.accepted.length - this.#done();
  }

  /** Ends after the transaction that is under way has been acknowledged. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Pushes one transaction until it is acknowledged, or this is disposed of.
   *
   * @returns How long the request that was acknowledged took, in milliseconds.
   */
  async pushInvites(count: number): Promise<number> {
    const invites = Array.from({ length: count }, () => this.#next());
    const transaction = ++this.#transactions;
    const body = JSON.stringify({ events: invites.map(({ event }) => event) });
    let askedAt = Date.now();
    while (!await this.#push(transaction, body)) {
      if (this.#abandoned) return 0;
      await pause(RETRY_MS);
      askedAt = Date.now();
    }
    const acceptedAt = Date.now();
    this.lastAskedAt = Math.max(this.lastAskedAt, askedAt);
    for (const { room, address } of invites) {
      this.accepted.push({ room, address, askedAt, acceptedAt });
    }
    return acceptedAt - askedAt;
  }

  /** Gives up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#abandoned = true;
    await this.#running.catch(() => {});
  }

  async #pushSmallOnes(): Promise<void> {
    while (!this.#stopped) {
      const took = await this.pushInvites(1 + Math.floor(this.#random() * MAX_INVITES));
      this.slowest = Math.max(this.slowest, took);
      await pause(this.#random() * MAX_PAUSE_MS);
      if (this.waiting > MANY_WAITING) await pause(LONG_PAUSE_MS);
    }
  }

  #next(): Invite {
    const person = Math.floor(this.#random() * PEOPLE);
    const room = `!room${++this.#rooms}:${DOMAIN}`;
    const event = {
      type: "m.room.member",
      room_id: room,
      event_id: `$event${this.#rooms}`,
      sender: `@alice:${DOMAIN}`,
      state_key: `@person${person}:${DOMAIN}`,
      origin_server_ts: Date.now(),
      content: { membership: "invite" },
      unsigned: { age: 5, invite_room_state: [] },
    };
    return { room, address: addressOf(person), event };
  }

  async #push(transaction: number, body: string): Promise<boolean> {
    try {
      const response = await fetch(
        `http://127.0.0.1:${this.#port}/_matrix/app/v1/transactions/${transaction}`,
        { method: "PUT", headers: { authorization: `Bearer ${HS_TOKEN}` }, body },
      );
      await response.body?.cancel();
      return response.status === 200;
    } catch (error) {
      // The service is down.
      if (error instanceof TypeError) return false;
      throw error;
    }
  }
}
