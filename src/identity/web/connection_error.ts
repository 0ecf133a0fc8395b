/**
 * Says why a web service gave no response, and what to do about it.
 *
 * @module
 */

import { fetchErrorReason } from "../../net/http.ts";
import { HttpError, type HttpFault } from "../../net/http_error.ts";
import { SocketError, TlsError } from "../../net/socket_error.ts";
import { StoreError } from "../port.ts";
import { tlsStoreError } from "../tls_error.ts";

/**
 * Converts an error of `fetch`.
 *
 * @param urlKey The key of the service's URL.
 */
export function connectionError(store: string, urlKey: string, error: unknown): StoreError {
  if (error instanceof TlsError) {
    const withoutTls = `write http:// in ${urlKey}, or the port that speaks TLS`;
    return tlsStoreError(store, error, { host: urlKey, withoutTls });
  }
  if (error instanceof HttpError) {
    const advice = adviceOn(error.fault, urlKey);
    if (advice === undefined) {
      return new StoreError(store, "temporary", error.message, { cause: error });
    }
    return new StoreError(store, "misconfigured", `${error.message}: ${advice}`, { cause: error });
  }
  const reason = error instanceof SocketError
    ? error.advise(urlKey)
    : `no connection (${fetchErrorReason(error)})`;
  return new StoreError(store, "temporary", reason, { cause: error });
}

function adviceOn(fault: HttpFault, urlKey: string): string | undefined {
  switch (fault) {
    case "speaks_tls":
      return `write https:// in ${urlKey}`;
    case "no_http":
      return `correct host and port in ${urlKey}`;
    case "malformed":
    case "closed":
      return undefined;
  }
}
