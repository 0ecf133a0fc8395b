/**
 * What it means when a directory does not do what it is asked.
 *
 * @module
 */

import { SocketError, TlsError } from "../../net/socket_error.ts";
import { StoreError, type StoreErrorKind } from "../port.ts";

// The result codes of RFC 4511, appendix A, that pass by themselves.
const TEMPORARY = new Set([
  3, // timeLimitExceeded
  51, // busy
  52, // unavailable
  80, // other
]);

const ADVICE: Readonly<Record<number, string>> = {
  1: "it refuses to search, as Active Directory does without a login: set bindDn and bindPassword",
  3: "it took longer than it may",
  4: "too many entries match: make the filter narrower",
  7: "it takes no login by password",
  8: "it takes no login without TLS: set connection.tls to true or starttls",
  10: "it does not hold the base DN and refers to another directory: name that one as host",
  11: "the search is too expensive for it: the uid attribute may need an index",
  13: "it wants TLS: set connection.tls to true or starttls",
  32: "the base DN does not exist, or may not be seen by this login",
  34: "the base DN or the bind DN is not valid",
  48: "it takes no anonymous login: set bindDn and bindPassword",
  49: "the bind DN or its password is not accepted",
  50: "this login may not search",
  51: "it is too busy",
  52: "it is not available now",
  53: "it is unwilling to do this",
};

/** The directory refused our login itself: its other hosts know no better. */
export const INVALID_CREDENTIALS = 49;

/** A refusal by the directory, with its result code. */
export class LdapRefusal extends StoreError {
  /** Explains the code. */
  constructor(store: string, readonly code: number, cause: unknown) {
    const kind: StoreErrorKind = TEMPORARY.has(code) ? "temporary" : "misconfigured";
    const advice = ADVICE[code] ?? "it refuses";
    super(store, kind, `${advice} (result code ${code})`, { cause });
  }
}

/** The connection is gone: on another one the same may work. */
export class ConnectionLost extends StoreError {
  /** Says what happened. */
  constructor(store: string, cause: unknown) {
    super(store, "temporary", "the connection broke off", { cause });
  }
}

/** The error as a store's error: by the directory's result code, else the connection's fault. */
export function toStoreError(store: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof SocketError || error instanceof TlsError) {
    const isCertain = error instanceof TlsError && error.reason !== undefined;
    const kind: StoreErrorKind = isCertain ? "misconfigured" : "temporary";
    return new StoreError(store, kind, error.message, { cause: error });
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // Errors of the network have texts as their codes; 248 is the library's own.
  if (typeof code !== "number" || code === 248) return new ConnectionLost(store, error);
  return new LdapRefusal(store, code, error);
}
