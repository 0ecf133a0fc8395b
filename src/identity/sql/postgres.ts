/**
 * Connects to PostgreSQL.
 *
 * @module
 */

import {
  closePostgresSession,
  openPostgresSession,
  type PostgresSession,
} from "../../database/postgres_session.ts";
import type { ServerAddress } from "../../database/server_address.ts";
import type { Endpoint } from "../../net/endpoint.ts";
import { StoreError } from "../port.ts";
import type { ConnectOptions } from "./connect.ts";
import { sqlError, type SqlStage } from "./error.ts";
import { numberPlaceholders } from "./placeholder.ts";
import type { SqlConnection } from "./pool.ts";
import { MAX_ROWS, type Query, type Row, TOO_MANY_ROWS } from "./port.ts";

// The type that the JDBC driver binds texts as, so that queries work as they did in mxisd.
const VARCHAR = 1043;

/**
 * Connects and logs in.
 *
 * @throws {StoreError} If the connection or the login fails, or the signal is aborted.
 */
export async function connectPostgres(
  { store, address, trust, timeout }: ConnectOptions,
  signal: AbortSignal,
): Promise<SqlConnection> {
  const failed = (stage: SqlStage, endpoint: Endpoint, cause: unknown) =>
    sqlError(store, stage, endpoint, cause);
  const session = await openPostgresSession({ address, trust, failed }, signal);
  return postgresConnection({ ...session, store, address, timeout });
}

interface StoreSession extends PostgresSession {
  readonly store: string;
  readonly address: ServerAddress;
  readonly timeout: number;
}

function postgresConnection(session: StoreSession): SqlConnection {
  const { store, sql, socket, lost, address, endpoint, timeout } = session;
  const query: Query = async (text, ...values) => {
    // A text in PostgreSQL cannot contain this character, so there is no such user.
    if (values.some((value) => value.includes("\0"))) return [];
    const bound = values.map((value) => sql.typed(value, VARCHAR));
    const found: Row[] = [];
    // The driver's type for the parameters of an untyped query is never[].
    const rows = sql.unsafe<Row[]>(numberPlaceholders(text), bound as never[]);
    await rows.cursor(MAX_ROWS + 1, (batch) => {
      found.push(...batch);
      return found.length > MAX_ROWS ? sql.CLOSE : undefined;
    });
    if (found.length > MAX_ROWS) throw new StoreError(store, "misconfigured", TOO_MANY_ROWS);
    return found;
  };

  async function run<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    // Set for the transaction, not the session: a pooler such as PgBouncer shares sessions.
    await sql.unsafe("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await sql.unsafe("SELECT set_config('statement_timeout', $1, true)", [`${timeout}`]);
    if (address.schema !== undefined) {
      await sql.unsafe("SELECT set_config('search_path', $1, true)", [address.schema]);
    }
    const result = await work(query);
    await sql.unsafe("COMMIT");
    return result;
  }

  return {
    get isUsable() {
      return !socket.destroyed && socket.writable;
    },
    async read(work) {
      const running = run(work);
      try {
        return await Promise.race([running, lost]);
      } catch (cause) {
        running.catch(() => {}); // It fails too, later.
        throw sqlError(store, "query", endpoint, cause);
      }
    },
    destroy: () => socket.destroy(),
    close: () => closePostgresSession(session),
  };
}
