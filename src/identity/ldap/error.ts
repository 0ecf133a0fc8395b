/**
 * Classifies errors of directories.
 *
 * @module
 */

import { SocketError, TlsError } from "../../net/socket_error.ts";
import type { TlsKeys } from "../../net/tls_fault.ts";
import { quoted } from "../../text/printable.ts";
import { StoreError, type StoreErrorKind } from "../port.ts";
import { tlsStoreError } from "../tls_error.ts";

// The result codes of RFC 4511, appendix A, that pass without intervention.
const TEMPORARY = new Set([
  3, // timeLimitExceeded
  51, // busy
  52, // unavailable
  80, // other
]);

const ADVICE: Readonly<Record<number, string>> = {
  1: "the directory refuses to search, as Active Directory does without a login: set bindDn and " +
    "bindPassword",
  3: "the search took longer than allowed",
  4: "too many entries match: make the filter narrower",
  7: "login by password is not supported",
  8: "login without TLS is not allowed: set connection.tls to true or starttls",
  10: "the directory refers to another directory for the base DN: set connection.host to that one",
  11: "the search is too expensive: the uid attribute may need an index",
  13: "TLS is required: set connection.tls to true or starttls",
  32: "the base DN does not exist or is not visible to this login: correct connection.baseDNs",
  34: "the base DN or the bind DN is not valid: correct connection.baseDNs and connection.bindDn",
  48: "anonymous login is not allowed: set bindDn and bindPassword",
  49: "the bind DN or its password is not accepted: correct connection.bindDn and " +
    "connection.bindPassword",
  50: "this login is not allowed to search",
  51: "the directory is busy",
  52: "the directory is not available",
  53: "the directory is unwilling to perform the operation",
};

const KEYS: TlsKeys = {
  host: "connection.host",
  withoutTls: "set connection.tls to starttls, or connection.port to that of LDAPS, usually 636",
};

/** The result code of a wrong login. */
export const INVALID_CREDENTIALS = 49;

/** The directory returned an error. */
export class LdapRefusal extends StoreError {
  /**
   * @param where The server's address.
   * @param code The result code (RFC 4511, appendix A).
   * @param baseDn The base of the search that failed.
   */
  constructor(
    store: string,
    readonly where: string,
    readonly code: number,
    cause: unknown,
    baseDn?: string,
  ) {
    const kind: StoreErrorKind = TEMPORARY.has(code) ? "temporary" : "misconfigured";
    const advice = ADVICE[code] ?? "the directory returned an error";
    const base = baseDn === undefined ? "" : `search below ${quoted(baseDn)}: `;
    super(store, kind, `${where}: ${base}${advice} (result code ${code})`, { cause });
  }

  /** The same with the base of the search. */
  below(baseDn: string): LdapRefusal {
    return new LdapRefusal(this.store, this.where, this.code, this.cause, baseDn);
  }
}

/** The connection broke: another one may work. */
export class ConnectionLost extends StoreError {
  constructor(store: string, cause: unknown) {
    super(store, "temporary", "the connection was lost", { cause });
  }
}

/**
 * Converts an error by the directory's result code; one without a code is the connection's.
 *
 * @param where The server's address.
 */
export function toStoreError(store: string, error: unknown, where = "the server"): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof SocketError) {
    const reason = error.advise("connection.host and port");
    return new StoreError(store, "temporary", reason, { cause: error });
  }
  if (error instanceof TlsError) return tlsStoreError(store, error, KEYS);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // Network errors have text codes; 248 is the library's own.
  if (typeof code !== "number" || code === 248) return new ConnectionLost(store, error);
  return new LdapRefusal(store, where, code, error);
}
