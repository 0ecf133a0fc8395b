/**
 * Failures of HTTP requests.
 *
 * @module
 */

import type { Endpoint } from "./endpoint.ts";
import { EndpointError } from "./socket_error.ts";

/**
 * What is wrong. `closed`: the connection was closed before the response. `speaks_tls`: the port
 * expects TLS. `no_http`: what the server sends is not HTTP. `malformed`: the response is not valid.
 */
export type HttpFault = "closed" | "speaks_tls" | "no_http" | "malformed";

const DESCRIPTIONS: Readonly<Record<HttpFault, string>> = {
  closed: "closes the connection without a response",
  speaks_tls: "speaks TLS, and was sent HTTP without TLS",
  no_http: "does not speak HTTP",
  malformed: "sends a response that is not valid HTTP",
};

/** There is a connection, but no response. */
export class HttpError extends EndpointError {
  override readonly name: string = "HttpError";

  constructor(endpoint: Endpoint, readonly fault: HttpFault, cause?: unknown) {
    super(endpoint, ` ${DESCRIPTIONS[fault]}`, cause);
  }
}
