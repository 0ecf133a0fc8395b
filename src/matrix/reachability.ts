/**
 * Classifies why there was no HTTP response from a server.
 *
 * @module
 */

import { formatEndpoint } from "../net/endpoint.ts";
import { fetchErrorReason } from "../net/http.ts";
import { HttpError } from "../net/http_error.ts";
import { EndpointError, SocketError, TlsError } from "../net/socket_error.ts";
import { printable } from "../text/printable.ts";

/** A server that gave no HTTP response. */
export interface Unreachable {
  readonly kind: "unreachable";
  /**
   * `refused`: nothing listens there. `unknown_host`: the name has no address. `no_route`: the
   * network does not lead there. `no_http`: there is a server that does not speak HTTP. `speaks_tls`:
   * there is one that expects TLS. `closed`: there is one that hangs up. `other`: anything else.
   */
  readonly why:
    | "refused"
    | "unknown_host"
    | "no_route"
    | "no_http"
    | "speaks_tls"
    | "closed"
    | "other"
    /** There is a server, but no trusted TLS. */
    | TlsError;
  /** Host and port, for display. */
  readonly where: string;
  /** The platform's own message or code, for display. */
  readonly detail: string;
}

const REASONS: Readonly<Record<string, Unreachable["why"]>> = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "unknown_host",
  EAI_AGAIN: "unknown_host",
  EHOSTUNREACH: "no_route",
  ENETUNREACH: "no_route",
  ETIMEDOUT: "no_route",
  ECONNRESET: "closed",
};

/** Classifies the error of a request to this URL. */
export function unreachable(url: string, error: unknown): Unreachable {
  const where = error instanceof EndpointError
    ? formatEndpoint(error)
    : printable(URL.parse(url)?.host ?? "");
  return { kind: "unreachable", why: reasonOf(error), where, detail: detailOf(error) };
}

function reasonOf(error: unknown): Unreachable["why"] {
  if (error instanceof TlsError) return error;
  if (error instanceof SocketError) return REASONS[error.code ?? ""] ?? "other";
  if (!(error instanceof HttpError)) return "other";
  return error.fault === "malformed" ? "no_http" : error.fault;
}

function detailOf(error: unknown): string {
  if (error instanceof SocketError && error.code !== undefined) return error.code;
  return printable(fetchErrorReason(error).slice(0, 200));
}
