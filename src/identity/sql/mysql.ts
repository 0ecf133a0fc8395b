/**
 * Connects to MySQL and MariaDB.
 *
 * @module
 */

import type { Connection, ConnectionOptions } from "mysql2";
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { connectionEnded, type OpenSocket } from "../../database/connect.ts";
import type { ServerAddress } from "../../database/server_address.ts";
import type { SqlTrust } from "../../database/tls_mode.ts";
import { onAbort } from "../../net/abort.ts";
import { formatEndpoint } from "../../net/endpoint.ts";
import { startTls } from "../../net/socket.ts";
import { SECOND } from "../../settings/duration.ts";
import { StoreError } from "../port.ts";
import { type ConnectOptions, connectStore } from "./connect.ts";
import { sqlError, type SqlStage } from "./error.ts";
import type { SqlConnection } from "./pool.ts";
import { MAX_ROWS, type Query, type Row, TOO_MANY_ROWS } from "./port.ts";
import { firstColumn } from "./value.ts";

/**
 * Connects and logs in.
 *
 * @throws {StoreError} If the connection or the login fails, or the signal is aborted.
 */
export async function connectMysql(
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<SqlConnection> {
  const { store, address, trust } = options;
  // Loaded on demand, so that a service without such a database starts faster. And before connecting:
  // the server speaks first, and Deno 2.6 must not have read that when TLS begins.
  const { default: mysql } = await import("mysql2");
  const open = await connectStore(options, signal);
  const { endpoint } = open;
  const stage: SqlStage = trust ? "tls" : "login";
  const connection = mysql.createConnection(sessionOptions(open, address, trust));
  const upgrade = trust && secureWith(connection, open, trust, signal);
  const session = mysqlSession(options, connection, open);
  using _listener = onAbort(signal, () => session.destroy());
  try {
    await session.settle();
    return session;
  } catch (cause) {
    session.destroy();
    if ((cause as { readonly code?: string }).code !== "HANDSHAKE_NO_SSL_SUPPORT") {
      throw sqlError(store, stage, endpoint, upgrade?.failure ?? cause);
    }
    if (trust?.optional) return connectMysql({ ...options, trust: undefined }, signal);
    const reason = `${formatEndpoint(endpoint)} does not offer TLS: see sslMode`;
    throw new StoreError(store, "misconfigured", reason, { cause });
  }
}

function sessionOptions(
  { socket, endpoint }: OpenSocket,
  { user, password, database }: ServerAddress,
  trust: SqlTrust | undefined,
): ConnectionOptions {
  return {
    stream: socket,
    host: endpoint.host,
    user,
    password: password.reveal(),
    ...(database === "" ? {} : { database }),
    ...(trust ? { ssl: {} } : {}), // See secureWith.
    charset: "utf8mb4",
    connectTimeout: 0,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    // A server must not be able to inject code or to request files.
    disableEval: true,
    flags: ["-LOCAL_FILES"],
  };
}

// What the driver has beyond its types.
interface Upgradable {
  stream: Socket;
  readonly packetParser: { execute(data: Buffer): void };
  startTLS(done: (error?: Error) => void): void;
  _handleNetworkError(error: Error): void;
}

// The driver would check the certificate in a way of its own, and not for IP addresses. It changes the
// errors that it is given.
function secureWith(
  connection: Connection,
  { socket, endpoint }: OpenSocket,
  trust: SqlTrust,
  signal: AbortSignal,
): { readonly failure: unknown } {
  const upgradable = connection as unknown as Upgradable;
  let failure: unknown;
  upgradable.startTLS = (done) => {
    socket.removeAllListeners("data");
    startTls(socket, endpoint, trust, signal).then((secured) => {
      secured.on("data", (data: Buffer) => upgradable.packetParser.execute(data));
      secured.on("error", (error) => upgradable._handleNetworkError(error));
      upgradable.stream = secured;
      done();
    }, (error) => {
      failure = error;
      done(new Error("TLS failed"));
    });
  };
  return {
    get failure() {
      return failure;
    },
  };
}

interface MysqlSession extends SqlConnection {
  /** Waits for the login and configures the session. */
  settle(): Promise<void>;
}

function mysqlSession(
  { store, timeout }: ConnectOptions,
  connection: Connection,
  { socket, endpoint }: OpenSocket,
): MysqlSession {
  const { promise: lost, reject } = Promise.withResolvers<never>();
  lost.catch(() => {}); // It may not be awaited.
  let isLost = false;
  function lose(error: Error) {
    isLost = true;
    reject(error);
  }
  connection.on("error", lose);
  socket.on("close", () => lose(connectionEnded()));

  // Prepared by the server, so that a value never becomes part of the text.
  const query: Query = (sql, ...values) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Row[]>();
    const rows: Row[] = [];
    const command = connection.execute(sql, values);
    command.on("error", reject);
    command.on("result", (row: Row) => {
      rows.push(row);
      if (rows.length <= MAX_ROWS) return;
      reject(new StoreError(store, "misconfigured", TOO_MANY_ROWS));
      connection.destroy();
    });
    command.on("end", () => resolve(rows));
    return Promise.race([promise, lost]);
  };

  function run(sql: string): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    connection.query(sql, (error, result) => error ? reject(error) : resolve(result));
    return Promise.race([promise, lost]);
  }

  return {
    get isUsable() {
      return !isLost;
    },
    async settle() {
      await run("SET SESSION TRANSACTION READ ONLY");
      const [version] = await query("SELECT VERSION()");
      const isMariadb = firstColumn(version).toLowerCase().includes("mariadb");
      const limit = isMariadb
        ? `max_statement_time = ${timeout / SECOND}`
        : `max_execution_time = ${timeout}`;
      await run(`SET SESSION ${limit}`).catch(ignoreUnknownVariable);
    },
    async read(work) {
      try {
        await run("START TRANSACTION READ ONLY");
        const result = await work(query);
        await run("COMMIT");
        return result;
      } catch (cause) {
        throw sqlError(store, "query", endpoint, cause);
      }
    },
    destroy() {
      isLost = true;
      connection.destroy();
      socket.destroy();
    },
    async close() {
      if (isLost) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      connection.end(() => resolve());
      // The server may no longer respond.
      await Promise.race([promise, lost.catch(() => {})]);
      connection.destroy();
      socket.destroy();
    },
  };
}

const UNKNOWN_SYSTEM_VARIABLE = 1193;

// Servers from before 2015 cannot limit a statement's time.
function ignoreUnknownVariable(error: { readonly errno?: number }): void {
  if (error.errno !== UNKNOWN_SYSTEM_VARIABLE) throw error;
}
