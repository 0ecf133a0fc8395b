/**
 * One connection to PostgreSQL.
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
import { MOST_ROWS, type Query, type Row, TOO_MANY_ROWS } from "./port.ts";
import { secure } from "./postgres_tls.ts";
import type { ServerAddress } from "./server_address.ts";

// What the JDBC driver binds texts as, so that a query means what it meant there.
const VARCHAR = 1043;

/** What identifies the session in the server's own lists. */
const APPLICATION_NAME = "appservice-mxisd";

/**
 * Connects and logs in.
 *
 * @throws {StoreError} When it fails; an aborted signal ends it.
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
    const socket = trust ? await secure(store, open, trust) : open.socket;
    if (!trust || socket === open.socket) stage = "login";
    const lost = lossOf(socket);
    const sql = await startSession(socket, address);
    // Older Deno verifies the certificate only when something is read.
    await Promise.race([sql.unsafe("SELECT 1"), lost]);
    return postgresConnection({ store, sql, socket, lost, address, endpoint, timeout });
  } catch (cause) {
    open.socket.destroy();
    throw sqlError(store, stage, endpoint, cause);
  }
}

async function startSession(socket: Socket, address: ServerAddress): Promise<Sql> {
  // Loaded when it is needed: a service without such a database starts without it.
  const { default: postgres } = await import("postgres");
  let used = false;
  function takeSocket(): Socket {
    // The driver would go on connecting for ever by itself.
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
    // The driver's types do not have it.
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
    // No text in PostgreSQL has such a character in it, so nobody there is called that.
    if (values.some((value) => value.includes("\0"))) return [];
    const bound = values.map((value) => sql.typed(value, VARCHAR));
    const found: Row[] = [];
    // The type is the driver's way to say that the query has parameters.
    const rows = sql.unsafe<Row[]>(numberPlaceholders(text), bound as never[]);
    await rows.cursor(MOST_ROWS + 1, (batch) => {
      found.push(...batch);
      return found.length > MOST_ROWS ? sql.CLOSE : undefined;
    });
    if (found.length > MOST_ROWS) throw new StoreError(store, "misconfigured", TOO_MANY_ROWS);
    return found;
  };

  async function run<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    // A transaction, and not settings of the session: a pooler such as PgBouncer shares sessions.
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
        running.catch(() => {}); // It fails as well, later.
        throw sqlError(store, "query", endpoint, cause);
      }
    },
    destroy: () => socket.destroy(),
    async close() {
      if (socket.destroyed) return;
      const closed = sql.end({ timeout: 0 });
      // It is on its way then; a server that does not answer any more is not waited for.
      socket.once("finish", () => socket.destroy());
      await closed.catch(() => {});
    },
  };
}
