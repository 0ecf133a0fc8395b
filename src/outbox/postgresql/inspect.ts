/**
 * Looks at what a service needs of its PostgreSQL, and changes nothing.
 *
 * @module
 */

import { formatEndpoint } from "../../net/endpoint.ts";
import { MOVED_TABLES } from "../sql/moving/tables.ts";
import { MAX_CONNECTIONS } from "./access.ts";
import { openConnections } from "./connection.ts";
import { failureOf, StatementError } from "./errors.ts";
import type { PostgresOutboxOptions } from "./outbox.ts";
import { SCHEMA_VERSION } from "./tables.ts";

const RIGHTS = ["SELECT", "INSERT", "UPDATE", "DELETE"];
// That of migrations is only read.
const TABLES = MOVED_TABLES.map(({ name }) => name);

/** What a service needs of its PostgreSQL. */
export interface ServerFacts {
  /** Where it is. */
  readonly at: string;
  /** Such as `15.3`. */
  readonly version: string;
  /** The user who is logged in. */
  readonly user: string;
  /** Whether a pooler is between. */
  readonly isPooled: boolean;
  /** Whether transactions are read-only unless they say otherwise. */
  readonly isReadOnly: boolean;
  /** Whether what is committed is written to disk at once. */
  readonly isDurable: boolean;
  /** The version of the tables; 0 if there are none. */
  readonly tables: number;
  /** The version that this program needs. */
  readonly needed: number;
  /** Whether the user may create the tables, or change those that there are. */
  readonly mayMigrate: boolean;
  /** What the user may not do, such as `UPDATE mails`. */
  readonly missing: readonly string[];
  /** How many more connections the user may open, this one among them; through a pooler, what it has. */
  readonly connections: number;
  /** How many connections a service opens. */
  readonly neededConnections: number;
}

/**
 * Looks at it.
 *
 * @throws {OutboxError} `unavailable` or `refused` if it cannot be reached or logged in to.
 */
export async function inspectServer(
  options: Pick<PostgresOutboxOptions, "address" | "authorities" | "schema" | "clock">,
): Promise<ServerFacts> {
  const { schema } = options;
  const connection = await openConnections(options)(new AbortController().signal);
  try {
    const { rows: [row] } = await connection.query({ sql: SERVER, values: [schema] });
    const hasTables = row?.has_tables === 1;
    const rights = JSON.stringify(RIGHTS);
    const { rows: missing } = await connection.query({
      sql: MISSING,
      values: [schema, JSON.stringify(TABLES), rights],
    });
    let tables = 0;
    const mayReadVersion = hasTables && row?.may_read_version === 1;
    if (mayReadVersion) {
      const { rows: [found] } = await connection.query({
        sql: `SELECT COALESCE(max(number), 0) AS version FROM "${schema}".migrations`,
        values: [],
      });
      tables = Number(found?.version);
    }
    const denied = missing.map((one) => `${one.right} ${one.table}`);
    return {
      at: formatEndpoint(connection.endpoint),
      version: String(row?.version),
      user: String(row?.user),
      isPooled: connection.isPooled,
      isReadOnly: row?.read_only === "on",
      isDurable: row?.commits !== "off" && row?.fsync === "on",
      tables,
      needed: SCHEMA_VERSION,
      neededConnections: MAX_CONNECTIONS + 1,
      mayMigrate: row?.may_migrate === 1,
      missing: hasTables && !mayReadVersion ? [...denied, "SELECT migrations"] : denied,
      connections: Number(row?.connections),
    };
  } catch (error) {
    throw error instanceof StatementError ? failureOf(error) : error;
  } finally {
    await connection.close();
  }
}

const SERVER = `
  SELECT current_setting('server_version') AS version,
    CAST(current_user AS text) AS user,
    current_setting('default_transaction_read_only') AS read_only,
    current_setting('synchronous_commit') AS commits,
    current_setting('fsync') AS fsync,
    to_regclass(quote_ident(?1) || '.migrations') IS NOT NULL AS has_tables,
    COALESCE(has_schema_privilege(to_regnamespace(quote_ident(?1)), 'USAGE') AND
      has_table_privilege(to_regclass(quote_ident(?1) || '.migrations'), 'SELECT'), false)
      AS may_read_version,
    COALESCE(has_schema_privilege(to_regnamespace(quote_ident(?1)), 'CREATE'),
      has_database_privilege(current_database(), 'CREATE'))
      AND NOT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(?1))
        AND relkind IN ('r', 'p') AND NOT pg_has_role(relowner, 'USAGE')) AS may_migrate,
    CAST(least(
      CAST(current_setting('max_connections') AS bigint)
        - CAST(current_setting('superuser_reserved_connections') AS bigint)
        - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
      (SELECT CASE WHEN rolconnlimit < 0 THEN NULL ELSE rolconnlimit
          - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END
        FROM pg_roles WHERE rolname = current_user)) + 1 AS bigint) AS connections`;

const MISSING = `
  SELECT wanted AS right, CAST(relname AS text) AS table
  FROM pg_class, jsonb_array_elements_text(CAST(?3 AS jsonb)) AS wanted
  WHERE relnamespace = to_regnamespace(quote_ident(?1)) AND relkind IN ('r', 'p')
    AND relname IN (SELECT jsonb_array_elements_text(CAST(?2 AS jsonb)))
    AND NOT (has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(pg_class.oid, wanted))
  ORDER BY relname, wanted`;
