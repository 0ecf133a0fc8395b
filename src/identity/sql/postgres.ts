/**
 * Connects to PostgreSQL.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Sql } from "postgres";
import { onAbort } from "../../net/abort.ts";
import type { Secret } from "../../settings/secret.ts";
import { StoreError } from "../port.ts";
import { connectFirst, type ConnectOptions, lossOf } from "./connect.ts";
import { sqlError, type SqlStage } from "./error.ts";
import { numberPlaceholders } from "./placeholder.ts";
import type { SqlConnection } from "./pool.ts";
import { MAX_ROWS, type Query, type Row, TOO_MANY_ROWS } from "./port.ts";
import { secure } from "./postgres_tls.ts";
import type { ServerAddress } from "./server_address.ts";

// The type that the JDBC driver binds texts as, so that queries work as they did in mxisd.
const VARCHAR = 1043;

// The session's name in pg_stat_activity.
const APPLICATION_NAME = "appservice-mxisd";

/**
 * Connects and logs in.
 *
 * @throws {StoreError} If the connection or the login fails, or the signal is aborted.
 */
export async function connectPostgres(
  { store, address, trust, timeout }: ConnectOptions,
  signal: AbortSignal,
): Promise<SqlConnection> {
  const open = await connectFirst(store, address.endpoints, signal);
  const { endpoint } = open;
  using _listener = onAbort(signal, () => open.socket.destroy());
  let stage: SqlStage = "tls";
  try {
    const socket = trust ? await secure(store, open, trust, signal) : open.socket;
    if (!trust || socket === open.socket) stage = "login";
    const lost = lossOf(socket);
    const sql = await startSession(socket, address);
    // Deno 2.6 verifies the certificate only when something is read.
    await Promise.race([sql.unsafe("SELECT 1"), lost]);
    return postgresConnection({ store, sql, socket, lost, address, endpoint, timeout });
  } catch (cause) {
    open.socket.destroy();
    throw sqlError(store, stage, endpoint, cause);
  }
}

async function startSession(socket: Socket, address: ServerAddress): Promise<Sql> {
  // Loaded on demand, so that a service without such a database starts faster.
  const { default: postgres } = await import("postgres");
  let used = false;
  function takeSocket(): Socket {
    // The driver would reconnect forever.
    if (used) throw new Error("the connection has ended");
    used = true;
    return socket;
  }
  const password: Secret = address.password;
  return postgres({
    host: address.endpoints[0]?.host ?? "localhost",
    port: address.endpoints[0]?.port ?? 5432,
    database: address.database,
    username: address.user,
    password: () => password.reveal(),
    max: 1,
    ssl: false,
    prepare: false,
    fetch_types: false,
    connect_timeout: 0,
    idle_timeout: 0,
    max_lifetime: null,
    connection: { application_name: APPLICATION_NAME },
    onnotice: () => {},
    // Missing from the driver's types.
    ...{ socket: takeSocket },
  });
}

interface Session {
  readonly store: string;
  readonly sql: Sql;
  readonly socket: Socket;
  readonly lost: Promise<never>;
  readonly address: ServerAddress;
  readonly endpoint: ServerAddress["endpoints"][number];
  readonly timeout: number;
}

function postgresConnection(session: Session): SqlConnection {
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
    async close() {
      if (socket.destroyed) return;
      const closed = sql.end({ timeout: 0 });
      // The farewell is sent then. The server may no longer respond.
      socket.once("finish", () => socket.destroy());
      await closed.catch(() => {});
    },
  };
}
