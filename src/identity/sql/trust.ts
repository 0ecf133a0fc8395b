/**
 * Which certificates of a database server are believed.
 *
 * @module
 */

import type { TlsMode } from "./tls_mode.ts";

/** One way to look at a certificate. */
export interface Trust {
  /** Whether to go on without TLS if the server has none. */
  readonly optional: boolean;
  /** Whether the certificate has to verify. */
  readonly verify: boolean;
  /** Whether it also has to bear the server's name. */
  readonly name: boolean;
  /** Certificates in PEM it is verified against; by default the well-known ones. */
  readonly ca?: readonly string[];
}

/**
 * The ways to look at a certificate, of which one has to work; `undefined` when there is to be no
 * TLS. Certificates of one's own and the well-known ones take an attempt each: given ones replace
 * the well-known ones in node:tls, and to list those needs a permission.
 *
 * @param ca Certificates in PEM that are trusted beside the well-known ones.
 */
export function trustsFor(
  mode: TlsMode,
  ca: readonly string[],
): readonly (Trust | undefined)[] {
  if (mode === "off") return [undefined];
  const verify = mode === "verify-ca" || mode === "verify-full";
  const trust = { optional: mode === "prefer", verify, name: mode === "verify-full" };
  return verify && ca.length > 0 ? [{ ...trust, ca }, trust] : [trust];
}
