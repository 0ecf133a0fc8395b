/**
 * Classifies errors of database servers.
 *
 * @module
 */

import { TlsNotOffered } from "../../database/postgres_tls.ts";
import { type Endpoint, formatEndpoint } from "../../net/endpoint.ts";
import { SocketError, systemCode, TlsError, tlsFaultOf } from "../../net/socket_error.ts";
import type { TlsKeys } from "../../net/tls_fault.ts";
import { printable } from "../../text/printable.ts";
import { StoreError, type StoreErrorKind } from "../port.ts";
import { tlsStoreError } from "../tls_error.ts";

/** The stage at which an error occurred. */
export type SqlStage = "connect" | "tls" | "login" | "query";

// Classes of SQLSTATE (PostgreSQL's appendix A, MySQL's server error reference) that need an
// administrator: feature not supported, cardinality, data, constraint, transaction state, login,
// database and schema names, syntax and permissions, program limits, raised by a function.
const MISCONFIGURED = /^(?:0A|2[12358F]|3[DF]|42|44|54|P0)/;
// The messages of these classes name parts of the schema and the query. Those of others may contain
// personal data.
const SHOWN = /^(?:0A|08|25|28|3D|3F|42|53|55|57)/;

// MySQL and MariaDB give these errors another class, or none.
const MYSQL_MISCONFIGURED: ReadonlySet<number> = new Set([
  1129, // the host is blocked
  1130, // the host may not connect
  1210, // wrong number of values
  1251, // the login method is not supported
  1267, // collations do not fit
  1290, // an option of the server prevents it
  1792, // the transaction is read-only
  1820, // the password has expired
  1862, // the same
  3118, // the account is locked
  3159, // only TLS is accepted
  4151, // the account is locked, MariaDB
]);
const MYSQL_TEMPORARY: ReadonlySet<number> = new Set([
  1040, // too many connections
  1203, // too many connections of this user
  1226, // the user's quota is used up
]);

const KEYS: TlsKeys = {
  host: "connection",
  withoutTls: "correct the port in connection, or see sslmode",
};

/** Converts an error of a driver. */
export function sqlError(
  store: string,
  stage: SqlStage,
  endpoint: Endpoint,
  cause: unknown,
): StoreError {
  if (cause instanceof StoreError) return cause;
  const where = formatEndpoint(endpoint);
  const { code = "", errno, sqlState, message = "" } = cause as DriverError;
  const fail = (kind: StoreErrorKind, reason: string) =>
    new StoreError(store, kind, reason, { cause });

  if (cause instanceof TlsNotOffered) {
    return fail("misconfigured", `${where} does not offer TLS: see sslmode`);
  }
  const state = sqlState ?? (/^[0-9A-Z]{5}$/.test(code) ? code : undefined);
  if (state !== undefined) {
    const kind = kindOf(state, errno);
    const isShown = SHOWN.test(state) || (kind === "misconfigured" && state === "HY000");
    const detail = isShown ? `: ${printable(message)}` : ` (${errno ?? state})`;
    const what = stage === "query" ? `${where} refuses a query` : `${where} refuses the login`;
    return fail(kind, what + detail);
  }
  if (/^(?:AUTH|SASL|MYSQL_CLEAR)_/.test(code)) {
    return fail("misconfigured", `${where} requires an unsupported login method (${code})`);
  }
  const isGone = systemCode(cause) !== undefined || /^(?:CONNECTION|PROTOCOL)_/.test(code);
  if (stage === "tls" && !isGone) {
    const failure = cause instanceof TlsError
      ? cause
      : new TlsError(endpoint, tlsFaultOf(cause), cause);
    return tlsStoreError(store, failure, KEYS);
  }
  if (stage === "connect" && cause instanceof SocketError) {
    return fail("temporary", cause.advise("host and port in connection"));
  }
  const reason = code === "" ? "the connection was lost" : code;
  return fail("temporary", `${stage === "connect" ? "cannot connect to " : ""}${where}: ${reason}`);
}

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlState?: string;
  readonly message?: string;
}

function kindOf(state: string, errno: number | undefined): StoreErrorKind {
  if (errno !== undefined && MYSQL_TEMPORARY.has(errno)) return "temporary";
  if (errno !== undefined && MYSQL_MISCONFIGURED.has(errno)) return "misconfigured";
  return MISCONFIGURED.test(state) ? "misconfigured" : "temporary";
}
