/**
 * A homeserver that pushes invites as Synapse does: one transaction at a time, repeated with the
 * same ID until it is acknowledged.
 *
 * @module
 */

import type { AcceptedInvite } from "./account.ts";
import { addressOf, DOMAIN, HS_TOKEN, PEOPLE } from "./configuration.ts";

// Between attempts: a homeserver waits longer, which would only make the campaign slower.
const RETRY_MS = 50;

/** Pushes until it is stopped. */
export class CampaignHomeserver {
  /** The invites that were acknowledged. */
  readonly accepted: AcceptedInvite[] = [];
  readonly #port: number;
  readonly #random: () => number;
  #rooms = 0;
  #stopped = false;

  /** Pushes to a service on the loopback interface. */
  constructor(port: number, random: () => number) {
    this.#port = port;
    this.#random = random;
  }

  /** Pushes one transaction after another until {@linkcode stop} is called. */
  async run(): Promise<void> {
    for (let transaction = 1; !this.#stopped; transaction++) {
      const invites = Array.from(
        { length: 1 + Math.floor(this.#random() * 4) },
        () => this.#next(),
      );
      const body = JSON.stringify({ events: invites.map(({ event }) => event) });
      while (!await this.#push(transaction, body)) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
      const acceptedAt = Date.now();
      for (const { room, address } of invites) this.accepted.push({ room, address, acceptedAt });
      await new Promise((resolve) => setTimeout(resolve, this.#random() * 40));
    }
  }

  /** Ends after the transaction that is under way has been acknowledged. */
  stop(): void {
    this.#stopped = true;
  }

  #next() {
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
