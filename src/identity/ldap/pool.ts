/**
 * Pools connections to a directory, and fails over to its other hosts.
 *
 * @module
 */

import { onAbort } from "../../net/abort.ts";
import { openPool } from "../../net/pool.ts";
import { MINUTE } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { abortError, withDeadline } from "../deadline.ts";
import { StoreError } from "../port.ts";
import type { LdapConnection } from "./connection.ts";
import { INVALID_CREDENTIALS, LdapRefusal, toStoreError } from "./error.ts";

const log = openLog("identity");

// Lookups are rare and take milliseconds.
const MAX_CONNECTIONS = 4;
// Firewalls drop idle connections silently, most of them later than this.
const MAX_IDLE_MS = MINUTE;

/** One server of a directory. */
export interface LdapServer {
  /** Its address, for logs. */
  readonly name: string;
  /** Connects and binds. */
  open(signal: AbortSignal): Promise<LdapConnection>;
}

/** Options of a pool. */
export interface LdapPoolOptions {
  /** The store's name. */
  readonly store: string;
  /** The directory's servers in the order in which they are tried. */
  readonly servers: readonly LdapServer[];
  /** How long connecting to all of them may take, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** Authenticated connections, each used by one lookup at a time. */
export interface LdapPool extends AsyncDisposable {
  /**
   * Works with a connection. If the connection breaks or the server is busy, the work is repeated
   * once on a new connection.
   *
   * @throws {StoreError} If no server can be connected to, or the work fails.
   */
  run<Result>(
    work: (connection: LdapConnection) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
}

/** Opens a pool without connections. */
export function openLdapPool({ store, servers, timeout, clock }: LdapPoolOptions): LdapPool {
  // The index of the server that worked last: it is tried first.
  let preferred = 0;
  const pool = openPool<LdapConnection>({
    clock,
    size: MAX_CONNECTIONS,
    maxIdle: MAX_IDLE_MS,
    aborted: () => abortError(store),
    shouldRetry(error, reused) {
      if (!(error instanceof StoreError) || error.kind !== "temporary") return false;
      if (reused && !(error instanceof LdapRefusal)) return true;
      preferred = (preferred + 1) % servers.length;
      return servers.length > 1;
    },
  });

  async function connect(signal: AbortSignal): Promise<LdapConnection> {
    const deadline = Math.ceil(timeout / servers.length);
    const ordered = [...servers.slice(preferred), ...servers.slice(0, preferred)];
    const failures: StoreError[] = [];
    for (const server of ordered) {
      try {
        const connection = await withDeadline(
          store,
          { clock, deadline, signal },
          (ended) => openFor(server, ended),
        );
        if (server !== ordered[0]) preferred = servers.indexOf(server);
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
      new StoreError(store, "misconfigured", "no host is configured");
  }

  return {
    async run(work, signal) {
      try {
        return await pool.run(connect, async (connection, ended) => {
          using _listener = onAbort(ended, () => void connection.close());
          try {
            return await work(connection);
          } catch (error) {
            void connection.close();
            throw error;
          }
        }, signal);
      } catch (error) {
        throw toStoreError(store, error);
      }
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

async function openFor(server: LdapServer, signal: AbortSignal): Promise<LdapConnection> {
  const connection = await server.open(signal);
  if (signal.aborted) void connection.close(); // The deadline has passed meanwhile.
  return connection;
}

// The other servers would refuse the login too, and count one more wrong password.
function isFinal(error: StoreError): boolean {
  return error instanceof LdapRefusal && error.code === INVALID_CREDENTIALS;
}
