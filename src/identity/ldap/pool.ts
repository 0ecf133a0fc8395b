/**
 * Connections to a directory that are used again, and its other hosts when one is down.
 *
 * @module
 */

import { MINUTE } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { refuseAborted, withDeadline } from "../deadline.ts";
import { StoreError } from "../port.ts";
import type { LdapConnection } from "./connection.ts";
import { INVALID_CREDENTIALS, LdapRefusal, toStoreError } from "./error.ts";
import { TlsFailure } from "./socket.ts";

const log = openLog("identity");

// More lookups than these wait for one another: a directory is asked seldom, and answers fast.
const MOST_CONNECTIONS = 4;
// Firewalls forget quiet connections without a word, most of them later than this.
const LONGEST_IDLE = MINUTE;

/** How to open a connection; each is another server, or another way to trust it. */
export type OpenConnection = (signal: AbortSignal) => Promise<LdapConnection>;

/** One server of a directory. */
export interface LdapServer {
  /** Its address, for logs. */
  readonly name: string;
  /** One way for each set of certificates that may be believed. */
  readonly ways: readonly OpenConnection[];
}

/** What a pool is made of. */
export interface LdapPoolOptions {
  /** The store's name. */
  readonly store: string;
  /** In the order in which they are tried. */
  readonly servers: readonly LdapServer[];
  /** How long connecting to all of them may take, in milliseconds. */
  readonly timeout: number;
  /** The time. */
  readonly clock: Clock;
}

/** Connections that are logged in to, each used by one lookup at a time. */
export class LdapPool implements AsyncDisposable {
  readonly #options: LdapPoolOptions;
  readonly #all = new Set<LdapConnection>();
  readonly #idle: { readonly connection: LdapConnection; readonly since: number }[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #disposed = new AbortController();
  #taken = 0;
  #preferred = 0;

  /** Opens nothing yet. */
  constructor(options: LdapPoolOptions) {
    this.#options = options;
  }

  /**
   * Works with a connection. Work that a connection broke off under, or that a busy server refused,
   * is done once more on a new one.
   *
   * @throws {StoreError} When there is no connection, or the work fails.
   */
  async use<Result>(
    signal: AbortSignal,
    work: (connection: LdapConnection) => Promise<Result>,
  ): Promise<Result> {
    const ended = AbortSignal.any([signal, this.#disposed.signal]);
    await this.#enter(ended);
    try {
      const idle = this.#takeIdle();
      const connection = idle ?? await this.#connect(ended);
      try {
        return await this.#run(connection, ended, work);
      } catch (error) {
        if (ended.aborted || !this.#mayTryAgain(error, idle !== undefined)) throw error;
        // What else waits here is as old: the server has most likely been restarted.
        this.#closeIdle();
        return await this.#run(await this.#connect(ended), ended, work);
      }
    } catch (error) {
      throw toStoreError(this.#options.store, error);
    } finally {
      this.#leave();
    }
  }

  /** Closes all connections, and waits until they are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort();
    const open = [...this.#all];
    for (const connection of open) connection.close();
    await Promise.all(open.map((connection) => connection.closed));
  }

  #mayTryAgain(error: unknown, wasIdle: boolean): boolean {
    if (!(error instanceof StoreError) || error.kind !== "temporary") return false;
    if (wasIdle && !(error instanceof LdapRefusal)) return true;
    const { length } = this.#options.servers;
    this.#preferred = (this.#preferred + 1) % length;
    return length > 1;
  }

  async #run<Result>(
    connection: LdapConnection,
    signal: AbortSignal,
    work: (connection: LdapConnection) => Promise<Result>,
  ): Promise<Result> {
    const close = () => connection.close();
    signal.addEventListener("abort", close);
    let done = false;
    try {
      if (signal.aborted) close();
      const result = await work(connection);
      done = connection.isOpen;
      return result;
    } finally {
      signal.removeEventListener("abort", close);
      if (done) this.#idle.push({ connection, since: this.#options.clock.now() });
      else close();
    }
  }

  #takeIdle(): LdapConnection | undefined {
    for (let entry = this.#idle.pop(); entry; entry = this.#idle.pop()) {
      const { connection, since } = entry;
      if (connection.isOpen && this.#options.clock.now() - since < LONGEST_IDLE) return connection;
      connection.close();
    }
    return undefined;
  }

  #closeIdle(): void {
    for (const { connection } of this.#idle.splice(0)) connection.close();
  }

  // The server that answered last is the first to be asked.
  async #connect(signal: AbortSignal): Promise<LdapConnection> {
    const { store, servers, clock, timeout } = this.#options;
    const deadline = Math.ceil(timeout / servers.length);
    const failures: StoreError[] = [];
    for (let tried = 0; tried < servers.length; tried++) {
      const index = (this.#preferred + tried) % servers.length;
      const server = servers[index];
      if (!server) break;
      try {
        const connection = await withDeadline(store, { clock, deadline, signal }, (ended) => {
          return this.#open(server, ended);
        });
        if (tried > 0) this.#preferred = index;
        return connection;
      } catch (cause) {
        const error = toStoreError(store, cause);
        failures.push(error);
        if (signal.aborted || isFinal(error)) throw error;
        if (servers.length > 1) {
          log.warn("directory host failed", { store, host: server.name, reason: error.message });
        }
      }
    }
    throw failures.find((failure) => failure.kind === "temporary") ?? failures[0] ??
      new StoreError(store, "misconfigured", "it has no host");
  }

  async #open(server: LdapServer, signal: AbortSignal): Promise<LdapConnection> {
    const failures: TlsFailure[] = [];
    for (const way of server.ways) {
      try {
        const connection = await way(signal);
        this.#all.add(connection);
        connection.closed.then(() => this.#all.delete(connection));
        // Nobody waits for it any more.
        if (signal.aborted) connection.close();
        return connection;
      } catch (error) {
        if (!(error instanceof TlsFailure)) throw error;
        failures.push(error);
      }
    }
    throw failures[0];
  }

  async #enter(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    refuseAborted(store, signal);
    if (this.#taken < MOST_CONNECTIONS) {
      this.#taken++;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const giveUp = () => {
      const index = this.#waiting.indexOf(resolve);
      if (index < 0) return; // its turn has come
      this.#waiting.splice(index, 1);
      reject(new StoreError(store, "temporary", "the lookup was aborted"));
    };
    signal.addEventListener("abort", giveUp);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken--;
  }
}

// Another server would say the same, and count it as one more wrong password.
function isFinal(error: StoreError): boolean {
  return error instanceof LdapRefusal && error.code === INVALID_CREDENTIALS;
}
