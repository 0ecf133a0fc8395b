/**
 * Classifies errors of TCP and TLS connections.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "./endpoint.ts";
import {
  dependsOnTrust,
  describeTlsFault,
  type TlsFault,
  type TlsKeys,
  tlsRemedy,
} from "./tls_fault.ts";

/** The connection to a host and port failed. */
export abstract class EndpointError extends Error {
  readonly host: string;
  readonly port: number;

  constructor({ host, port }: Endpoint, problem: string, cause: unknown) {
    super(`${formatEndpoint({ host, port })}${problem}`, { cause });
    this.host = host;
    this.port = port;
  }
}

/** The server cannot be reached, or the connection broke. */
export class SocketError extends EndpointError {
  override readonly name: string = "SocketError";

  /** @param code The operating system's code, such as `ECONNREFUSED`. */
  constructor(endpoint: Endpoint, reason: string, readonly code?: string, cause?: unknown) {
    super(endpoint, ` ${reason}`, cause);
  }

  /**
   * The message with what to do about it.
   *
   * @param key The setting with host and port.
   */
  advise(key: string): string {
    const meaning = MEANINGS[this.code ?? ""];
    return meaning ? `${this.message}: ${meaning}, or correct ${key}` : this.message;
  }
}

const NO_ROUTE = "the network does not lead there: let a firewall pass it";
const NO_NAME = "the name has no address: check the name service";
// What the codes of the operating system say that somebody can do something about.
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there: start the server",
  ENOTFOUND: NO_NAME,
  EAI_AGAIN: NO_NAME,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: NO_ROUTE,
};

/** TLS failed: the certificate does not verify, or the server does not speak TLS. */
export class TlsError extends EndpointError {
  override readonly name: string = "TlsError";

  constructor(endpoint: Endpoint, readonly fault: TlsFault, cause?: unknown) {
    super(endpoint, `: ${describeTlsFault(fault, endpoint.host)}`, cause);
  }

  /** What is wrong, without host and port. */
  get reason(): string {
    return describeTlsFault(this.fault, this.host);
  }

  /** The message with what to do about it. */
  advise(keys: TlsKeys): string {
    return `${this.message}: ${tlsRemedy(this.fault, this.host, keys)}`;
  }
}

/** The failure of TLS that an error is, or is caused by. */
export function tlsErrorOf(error: unknown): TlsError | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return [error, cause].find((one) => one instanceof TlsError);
}

/** Whether an error is, or is caused by, a failure of TLS that another trust may mend. */
export function isUntrusted(error: unknown): boolean {
  const failure = tlsErrorOf(error);
  return failure !== undefined && dependsOnTrust(failure.fault);
}

/**
 * Classifies an error of a socket. Without an error, the server closed the connection.
 *
 * @param tls Whether TLS was started: then an error without a code of the operating system is one of
 * TLS.
 */
export function socketError(
  endpoint: Endpoint,
  error: Error | undefined,
  tls: boolean,
): SocketError | TlsError {
  if (error === undefined) return new SocketError(endpoint, "closed the connection", "ECONNRESET");
  const code = systemCode(error);
  if (tls && code === undefined) return new TlsError(endpoint, tlsFaultOf(error), error);
  const reason = `cannot be reached (${code ?? error.message})`;
  return new SocketError(endpoint, reason, code, error);
}

// The code of node:tls for bytes that are not TLS.
const NO_TLS = "ERR_SSL_WRONG_VERSION_NUMBER";

/** Classifies an error of node:tls. */
export function tlsFaultOf(error: unknown): TlsFault {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === NO_TLS ? { kind: "no_tls" } : { kind: "other", detail: tlsReason(error) };
}

/**
 * The operating system's code of an error, such as `ECONNREFUSED`; `undefined` for other errors, such
 * as those of TLS, which have codes of their own (`ERR_SSL_...`, `CERT_HAS_EXPIRED`) or none.
 */
export function systemCode(error: unknown): string | undefined {
  if (error instanceof Deno.errors.NotCapable) return "EPERM";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^E(?!RR_|PROTO$)[A-Z_]+$/.test(code) ? code : undefined;
}

/** The message of TLS; Deno 2.6 reports only the call that failed. */
export function tlsReason(error: unknown): string | undefined {
  const reason = error instanceof Error ? error.message : String(error);
  return /^(?:read|write) [A-Z]+$/.test(reason) ? undefined : reason;
}
