/**
 * Converts failures of TLS.
 *
 * @module
 */

import type { TlsError } from "../net/socket_error.ts";
import type { TlsKeys } from "../net/tls_fault.ts";
import { StoreError, type StoreErrorKind } from "./port.ts";

/**
 * A certificate does not mend itself: an administrator has to act. Only if the platform does not say
 * what failed, it may have been the connection.
 */
export function tlsStoreError(store: string, error: TlsError, keys: TlsKeys): StoreError {
  const { fault } = error;
  const isUnknown = fault.kind === "other" && fault.detail === undefined;
  const kind: StoreErrorKind = isUnknown ? "temporary" : "misconfigured";
  return new StoreError(store, kind, error.advise(keys), { cause: error });
}
