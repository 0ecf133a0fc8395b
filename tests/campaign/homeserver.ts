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
const MANY_WAITING = 150;
const LONG_PAUSE_MS = 500;
// A service that is suspended does not respond: another one is asked then.
const RESPONSE_MS = 10_000;
const RESPONSE_PER_EVENT_MS = 50;
const MESSAGE_BYTES = 10_000;

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
  readonly #ports: readonly number[];
  readonly #random: () => number;
  readonly #done: () => number;
  #rooms = 0;
  #transactions = 0;
  #requests = 0;
  #stopped = false;
  #abandoned = false;
  #running: Promise<void> = Promise.resolve();

  /**
   * Pushes to the services on these ports of the loopback interface, each time to the next one.
   *
   * @param done How many invites have been announced, or never will be.
   */
  constructor(ports: readonly number[], random: () => number, done: () => number) {
    this.#ports = ports;
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
   * Pushes invites in one transaction until it is acknowledged, or this is disposed of.
   *
   * @returns How long the request that was acknowledged took, in milliseconds.
   */
  async pushInvites(count: number): Promise<number> {
    const invites = Array.from({ length: count }, () => this.#next());
    const acknowledged = await this.#pushAll(invites.map(({ event }) => event));
    if (acknowledged === undefined) return 0;
    const { askedAt, acceptedAt } = acknowledged;
    for (const { room, address } of invites) {
      this.accepted.push({ room, address, askedAt, acceptedAt });
    }
    return acceptedAt - askedAt;
  }

  /** Pushes events in one transaction that are no invites, with so much text together. */
  async pushMessages(bytes: number): Promise<void> {
    const event = { type: "m.room.message", content: { body: "text ".repeat(MESSAGE_BYTES / 5) } };
    await this.#pushAll(new Array(Math.ceil(bytes / MESSAGE_BYTES)).fill(event));
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

  async #pushAll(
    events: readonly unknown[],
  ): Promise<{ readonly askedAt: number; readonly acceptedAt: number } | undefined> {
    const transaction = ++this.#transactions;
    const body = JSON.stringify({ events });
    const within = RESPONSE_MS + events.length * RESPONSE_PER_EVENT_MS;
    let askedAt = Date.now();
    while (!await this.#push(transaction, body, within)) {
      if (this.#abandoned) return undefined;
      await pause(RETRY_MS);
      askedAt = Date.now();
    }
    this.lastAskedAt = Math.max(this.lastAskedAt, askedAt);
    return { askedAt, acceptedAt: Date.now() };
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

  async #push(transaction: number, body: string, within: number): Promise<boolean> {
    const port = this.#ports[this.#requests++ % this.#ports.length];
    const signal = AbortSignal.timeout(within);
    try {
      const response = await fetch(
        `http://127.0.0.1:${port}/_matrix/app/v1/transactions/${transaction}`,
        { method: "PUT", headers: { authorization: `Bearer ${HS_TOKEN}` }, body, signal },
      );
      await response.body?.cancel();
      return response.status === 200;
    } catch (error) {
      // The service is down.
      if (error instanceof TypeError || signal.aborted) return false;
      throw error;
    }
  }
}
