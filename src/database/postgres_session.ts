/**
 * Opens sessions of PostgreSQL.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Sql } from "postgres";
import { onAbort } from "../net/abort.ts";
import type { Endpoint } from "../net/endpoint.ts";
import { connectFirst, ignoreLateErrors, lossOf } from "./connect.ts";
import { secure } from "./postgres_tls.ts";
import type { ServerAddress } from "./server_address.ts";
import type { SqlTrust } from "./tls_mode.ts";

// The session's name in pg_stat_activity.
const APPLICATION_NAME = "appservice-mxisd";

/** The stage at which opening a session failed. */
export type SessionStage = "connect" | "tls" | "login";

/** A session, which is never opened again when its connection is lost. */
export interface PostgresSession {
  /** The driver, which uses this one connection. */
  readonly sql: Sql;
  readonly socket: Socket;
  readonly endpoint: Endpoint;
  /** Rejects when the connection is lost; it never resolves. */
  readonly lost: Promise<never>;
}

/** What a session is opened with. */
export interface PostgresSessionOptions {
  readonly address: ServerAddress;
  /** Which certificates are trusted; `undefined` without TLS. */
  readonly trust: SqlTrust | undefined;
  /** Called for each notification that the session listens to. */
  readonly onNotification?: ((channel: string, payload: string) => void) | undefined;
  /** Converts what fails. */
  readonly failed: (stage: SessionStage, endpoint: Endpoint, cause: unknown) => Error;
}

/**
 * Connects to the first server that can be reached, and logs in.
 *
 * @throws What `failed` returns, if the connection or the login fails, or the signal is aborted.
 */
export async function openPostgresSession(
  { address, trust, onNotification, failed }: PostgresSessionOptions,
  signal: AbortSignal,
): Promise<PostgresSession> {
  const open = await connectFirst(
    address.endpoints,
    signal,
    (endpoint, cause) => failed("connect", endpoint, cause),
  );
  const { endpoint } = open;
  using _listener = onAbort(signal, () => open.socket.destroy());
  let stage: SessionStage = "tls";
  let socket = open.socket;
  try {
    socket = trust ? await secure(open, trust, signal) : open.socket;
    if (!trust || socket === open.socket) stage = "login";
    const lost = lossOf(socket);
    ignoreLateErrors(socket);
    const sql = await startSession(socket, address, onNotification);
    // Deno 2.6 verifies the certificate only when something is read.
    await Promise.race([sql.unsafe("SELECT 1"), lost]);
    return { sql, socket, endpoint, lost };
  } catch (cause) {
    open.socket.destroy();
    await driverEnded(socket);
    throw failed(stage, endpoint, cause);
  }
}

// A driver that was not logged in yet asks for another connection in the turn of the event loop after its
// own was closed, and ends when it gets none.
async function driverEnded(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
}

/** Ends a session; it does not wait for a server that no longer responds. */
export async function closePostgresSession({ sql, socket }: PostgresSession): Promise<void> {
  if (socket.destroyed) return;
  const closed = sql.end({ timeout: 0 });
  // The farewell is sent then.
  socket.once("finish", () => socket.destroy());
  await closed.catch(() => {});
}

async function startSession(
  socket: Socket,
  { endpoints, database, user, password }: ServerAddress,
  onNotification: PostgresSessionOptions["onNotification"],
): Promise<Sql> {
  // Loaded on demand, so that a service without such a database starts faster.
  const { default: postgres } = await import("postgres");
  let used = false;
  function takeSocket(): Socket {
    // The driver would reconnect forever.
    if (used) throw new Error("the connection has ended");
    used = true;
    return socket;
  }
  return postgres({
    host: endpoints[0]?.host ?? "localhost",
    port: endpoints[0]?.port ?? 5432,
    database,
    username: user,
    password: () => password.reveal(),
    max: 1,
    ssl: false,
    // Statements are named where a query says so: a pooler such as PgBouncer shares sessions.
    prepare: true,
    fetch_types: false,
    connect_timeout: 0,
    idle_timeout: 0,
    max_lifetime: null,
    connection: { application_name: APPLICATION_NAME },
    onnotice: () => {},
    // Missing from the driver's types.
    ...{ socket: takeSocket, onnotify: onNotification },
  });
}
