/**
 * Checks what a server presented in a TLS handshake.
 *
 * @module
 */

import { checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { systemClock } from "../system/clock.ts";
import { derOf, isVersion3, presentedChain, serverCertificate } from "./certificate.ts";
import { chainFault, type TlsFault } from "./tls_fault.ts";
import type { Trust } from "./trust.ts";

/**
 * Whether this version of Deno completes a handshake with a certificate that does not verify, and
 * says so afterwards. Versions before 2.9 end the handshake, or call every certificate authorized.
 */
export const reportsCertificates: boolean = /^(?:2\.(?:9|[1-9][0-9])|[3-9]|[1-9][0-9])\b/
  .test(Deno.version.deno);

/**
 * Checks the certificate of a completed handshake; `undefined` if it is trusted. Nothing may be sent
 * before.
 */
export function peerFault(socket: TLSSocket, host: string, trust: Trust): TlsFault | undefined {
  if (!trust.verify || !reportsCertificates) return undefined;
  const peer = socket.getPeerCertificate(true);
  const fault = presentedFault(peer);
  if (fault) return fault;
  if (socket.authorized !== true) return chainFault(serverCertificate(peer), systemClock.now());
  return identityFault(peer, host, trust);
}

/**
 * Checks the certificate of a handshake that is known to verify otherwise; `undefined` if it is
 * trusted.
 */
export function verifiedPeerFault(
  peer: DetailedPeerCertificate,
  host: string,
  trust: Trust,
): TlsFault | undefined {
  return presentedFault(peer) ?? identityFault(peer, host, trust);
}

// In Deno 2.9, a chain with a certificate of another version than 3 is accepted if the names of its
// issuers fit, whoever has signed it, and such a server need not have the certificate's key.
function presentedFault(peer: DetailedPeerCertificate): TlsFault | undefined {
  const chain = presentedChain(peer);
  if (chain.length === 0) return { kind: "other", detail: "the server presents no certificate" };
  return chain.every(isVersion3) ? undefined : { kind: "old_version" };
}

function identityFault(
  peer: DetailedPeerCertificate,
  host: string,
  { anyHost, ca = [], exact }: Trust,
): TlsFault | undefined {
  const certificate = serverCertificate(peer);
  if (exact && !ca.some((pem) => isEqual(derOf(pem), peer.raw))) {
    return chainFault(certificate, systemClock.now());
  }
  if (anyHost || checkServerIdentity(host, peer) === undefined) return undefined;
  return { kind: "other_name", names: certificate.names };
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
