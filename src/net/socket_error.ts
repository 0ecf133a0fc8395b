/**
 * Classifies errors of TCP and TLS connections.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "./endpoint.ts";

/** The connection to a host and port failed. */
abstract class EndpointError extends Error {
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
}

/** TLS failed: the certificate does not verify, or the server does not speak TLS. */
export class TlsError extends EndpointError {
  override readonly name: string = "TlsError";

  /** @param reason The message of TLS; `undefined` if Deno 2.6 does not report it. */
  constructor(endpoint: Endpoint, readonly reason: string | undefined, cause?: unknown) {
    super(endpoint, `: TLS failed: ${reason ?? "perhaps its certificate does not verify"}`, cause);
  }
}

/** Whether an error is a failure of TLS or caused by one. */
export function isTlsFailure(error: unknown): boolean {
  return error instanceof TlsError || (error instanceof Error && error.cause instanceof TlsError);
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
  if (tls && code === undefined) return new TlsError(endpoint, tlsReason(error), error);
  const reason = `cannot be reached (${code ?? error.message})`;
  return new SocketError(endpoint, reason, code, error);
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
