/**
 * Opens an outbox in PostgreSQL, which any number of services share.
 *
 * @module
 */

import type { ServerAddress } from "../../database/server_address.ts";
import type { Outbox } from "../port.ts";
import type { Access } from "../sql/access.ts";
import { openSqlOutbox, prepare, type SqlOutboxOptions } from "../sql/outbox.ts";
import { runAll } from "../sql/transactions.ts";
import { openAccess } from "./access.ts";
import { openConnections } from "./connection.ts";
import { prepareTables } from "./migrations.ts";
import { openNotifications } from "./notifications.ts";
import { reach, type Waiting, type WaitOptions } from "./reach.ts";

/** What a PostgreSQL outbox is opened with. */
export interface PostgresOutboxOptions extends SqlOutboxOptions, Waiting {
  readonly address: ServerAddress;
  /** Certificates in PEM that are trusted beside the well-known ones. */
  readonly authorities: readonly string[];
  /** The schema that has the tables: a plain name (see `SCHEMA_NAME`). */
  readonly schema: string;
  /** The time that all processes share, in milliseconds UTC; the server's unless it is set. */
  readonly time?: (() => number) | undefined;
}

/** A schema's name. It stands in statements as it is. */
export const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Opens the outbox, and creates or migrates its tables. For the service it waits for a server that cannot
 * be reached yet.
 *
 * @throws {OutboxError} `refused` if the server, the login or the tables cannot be used; `unavailable` if
 *   the server cannot be reached.
 */
export async function openPostgresOutbox(options: PostgresOutboxOptions): Promise<Outbox> {
  const { schema, owner = true } = options;
  if (!SCHEMA_NAME.test(schema)) throw new TypeError(`${schema} is not a plain name`);
  return owner ? await reach(() => openNow(options), options) : await openNow(options);
}

async function openNow(options: PostgresOutboxOptions): Promise<Outbox> {
  const { schema, clock, owner = true } = options;
  const connect = openConnections(options);
  await prepareSchema(connect, schema, owner, options);
  const notifications = openNotifications({
    clock,
    random: Math.random,
    channel: channelOf(schema),
    connect: (listener, signal) =>
      openConnections({ ...options, onNotification: (_, payload) => listener(payload) })(signal),
  });
  const access = openAccess({
    schema,
    clock,
    connect,
    notifications: owner ? notifications : undefined,
    time: options.time,
  });
  try {
    const identity = await runAll(access, prepare(options, access));
    return openSqlOutbox(access, identity, options);
  } catch (error) {
    await access[Symbol.asyncDispose]();
    throw error;
  }
}

/** The channel on which the services of a schema tell one another of work. */
export function channelOf(schema: string): string {
  return `appservice-mxisd ${schema}`.slice(0, 63);
}

/**
 * Opens the way to the tables alone.
 *
 * @param owner Whether they are created and migrated.
 * @throws {OutboxError} `refused` if the server, the login or the tables cannot be used.
 */
export async function openPostgresAccess(
  options: Pick<PostgresOutboxOptions, "address" | "authorities" | "schema" | "clock">,
  owner: boolean,
): Promise<Access> {
  const { schema, clock } = options;
  const connect = openConnections(options);
  await prepareSchema(connect, schema, owner, { clock });
  return openAccess({ schema, clock, connect, notifications: undefined });
}

async function prepareSchema(
  connect: ReturnType<typeof openConnections>,
  schema: string,
  owner: boolean,
  waiting: WaitOptions,
): Promise<void> {
  const connection = await connect(waiting.signal ?? new AbortController().signal);
  try {
    await prepareTables(connection, schema, owner, waiting);
  } finally {
    await connection.close();
  }
}
