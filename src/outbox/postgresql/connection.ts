/**
 * A connection to PostgreSQL that runs the outbox's statements.
 *
 * @module
 */

import {
  closePostgresSession,
  openPostgresSession,
  type PostgresSession,
  type PostgresSessionOptions,
} from "../../database/postgres_session.ts";
import type { ServerAddress } from "../../database/server_address.ts";
import { type SqlTrust, sqlTrustAttempts } from "../../database/tls_mode.ts";
import { type Endpoint, formatEndpoint } from "../../net/endpoint.ts";
import type { PooledConnection } from "../../net/pool.ts";
import { isUntrusted } from "../../net/socket_error.ts";
import { timeLimit } from "../../net/timeout.ts";
import { tryTrusts } from "../../net/trust.ts";
import type { Clock } from "../../system/clock.ts";
import { OutboxError } from "../port.ts";
import type { Row, Rows, Statement, Value } from "../sql/steps.ts";
import { openFailure, StatementError } from "./errors.ts";
import { escapeText, unescapeText } from "./escape.ts";
import { numberPlaceholders } from "./placeholders.ts";

// Type numbers of pg_type.
const BOOLEAN = 16;
const BYTES = 17;
const BIGINT = 20;
const TEXT = 25;

const CONNECT_TIMEOUT_MS = 10_000;
// A server that does not respond any more would hold up everything. Longer than its own time limits.
const RESPONSE_TIMEOUT_MS = 60_000;

/** A connection, used by one transaction at a time. */
export interface Connection extends PooledConnection {
  readonly endpoint: Endpoint;
  /** Whether a pooler is between: it does not keep a session's state. */
  readonly isPooled: boolean;
  /**
   * Runs a statement with its values.
   *
   * @throws {StatementError} If it fails.
   */
  query(statement: Statement): Promise<Rows>;
  /**
   * Runs statements without values in one round trip; returns the rows of the last one and what it did,
   * such as COMMIT.
   *
   * @throws {StatementError} If one fails: those that follow did not run.
   */
  script(sql: string): Promise<{ readonly rows: Row[]; readonly command: string }>;
  /** Rejects when the connection is lost; it never resolves. */
  readonly lost: Promise<never>;
  /** Closes it at once, which makes a running statement fail. */
  destroy(): void;
}

/** What connections are opened with. */
export interface ConnectionOptions {
  readonly address: ServerAddress;
  /** Certificates in PEM that are trusted beside the well-known ones. */
  readonly authorities: readonly string[];
  readonly clock: Clock;
  readonly onNotification?: PostgresSessionOptions["onNotification"];
}

/** Opens connections to the first of the servers that can be written; the last one that was is asked first. */
export function openConnections(
  { address, authorities, clock, onNotification }: ConnectionOptions,
): (signal: AbortSignal) => Promise<Connection> {
  const openTrusted = tryTrusts(sqlTrustAttempts(address.tls, authorities), isUntrusted);
  const openAt = async (endpoint: Endpoint, trust: SqlTrust | undefined, signal: AbortSignal) => {
    const at = { ...address, endpoints: [endpoint] };
    const options = { address: at, trust, onNotification, failed: openFailure };
    const session = await openPostgresSession(options, signal);
    try {
      return await writableConnection(session, clock);
    } catch (error) {
      session.socket.destroy();
      throw error instanceof StatementError ? openFailure("login", endpoint, error.cause) : error;
    }
  };
  // A server that died with its machine does not refuse connections: each would wait for it.
  let latest: Endpoint | undefined;
  return async (signal) => {
    const failures: unknown[] = [];
    const first = latest ? [latest] : [];
    for (const endpoint of new Set([...first, ...address.endpoints])) {
      using limit = timeLimit(clock, CONNECT_TIMEOUT_MS);
      const ended = AbortSignal.any([signal, limit.signal]);
      try {
        const connection = await openTrusted((trust) => openAt(endpoint, trust, ended));
        latest = endpoint;
        return connection;
      } catch (error) {
        failures.push(
          limit.signal.aborted
            ? new OutboxError(
              "unavailable",
              `PostgreSQL at ${formatEndpoint(endpoint)} does not respond`,
              { cause: error },
            )
            : error,
        );
        if (signal.aborted) break;
      }
    }
    throw failures[0];
  };
}

async function writableConnection(session: PostgresSession, clock: Clock): Promise<Connection> {
  const { sql, endpoint } = session;
  const result = await sql.unsafe(
    "SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS standby",
  );
  const [row] = result;
  if (row?.standby === true) {
    const message = `PostgreSQL at ${formatEndpoint(endpoint)} is a standby, which is read-only: ` +
      "name the primary";
    throw new OutboxError("unavailable", message);
  }
  // A pooler gives each client a number of its own.
  const isPooled = result.state.pid !== row?.pid;
  return connectionOf(session, isPooled, clock);
}

function connectionOf(session: PostgresSession, isPooled: boolean, clock: Clock): Connection {
  const { sql, socket, endpoint, lost } = session;

  async function run<Result>(running: Promise<Result>): Promise<Result> {
    using limit = timeLimit(clock, RESPONSE_TIMEOUT_MS);
    limit.signal.addEventListener("abort", () => socket.destroy());
    try {
      return await Promise.race([running, lost]);
    } catch (cause) {
      running.catch(() => {}); // It fails too, later.
      const error = new StatementError(endpoint, cause);
      if (error.endsConnection) socket.destroy();
      throw error;
    }
  }

  const bound = (value: Value) => {
    if (typeof value === "string") return sql.typed(escapeText(value), TEXT);
    if (typeof value === "number") return sql.typed(value, BIGINT);
    return value === null ? null : sql.typed(value, BYTES);
  };

  return {
    endpoint,
    isPooled,
    lost,
    get isUsable() {
      return !socket.destroyed && socket.writable;
    },
    async query({ sql: text, values }) {
      // The driver's type for the parameters of an untyped query is never[].
      const result = await run(
        sql.unsafe(numberPlaceholders(text), values.map(bound) as never[], { prepare: !isPooled }),
      );
      return { rows: rowsOf(result), changes: result.count ?? 0 };
    },
    async script(text) {
      const results = await run(sql.unsafe(text).simple());
      // Of several statements there are several results.
      const last = (Array.isArray(results[0]) ? results.at(-1) : results) as unknown as Result;
      return { rows: rowsOf(last), command: last.command ?? "" };
    },
    destroy: () => void socket.destroy(),
    close: () => closePostgresSession(session),
  };
}

interface Result extends Iterable<Row> {
  readonly command?: string | undefined;
  readonly columns?: readonly { readonly name: string; readonly type: number }[] | undefined;
}

// As SQLite returns them.
function rowsOf(result: Result): Row[] {
  const columns = result.columns ?? [];
  return [...result].map((row) => {
    const converted: Row = {};
    for (const { name, type } of columns) converted[name] = valueOf(row[name], type);
    return converted;
  });
}

function valueOf(value: unknown, type: number): unknown {
  // A number beyond 2^53 is rounded: whoever needs an exact one checks it.
  if (type === BIGINT && typeof value === "string") return Number(value);
  if (type === BOOLEAN && typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return typeof value === "string" ? unescapeText(value) : value;
}
