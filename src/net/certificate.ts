/**
 * Reads certificates (RFC 5280).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate } from "node:tls";

/** What a server presented, as far as it matters for what is wrong with it. */
export interface ServerCertificate {
  /** Who it is for, and who issued it: the common name, otherwise the whole name. */
  readonly subject: string;
  readonly issuer: string;
  /** Whether both are the same. */
  readonly isSelfSigned: boolean;
  /** The host names and addresses that it is for. */
  readonly names: readonly string[];
  /** When it is valid, in milliseconds since 1970, UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Whether it may be used by servers (section 4.2.1.12). */
  readonly isForServers: boolean;
}

/** The certificates that a server presented, its own one first, each as its DER encoding. */
export function presentedChain(peer: DetailedPeerCertificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  const seen = new Set<DetailedPeerCertificate>();
  for (let at = peer; at?.raw && !seen.has(at); at = at.issuerCertificate) {
    seen.add(at);
    chain.push(at.raw);
  }
  return chain;
}

/** Reads what a server presented as its own certificate. */
export function serverCertificate(peer: DetailedPeerCertificate): ServerCertificate {
  const subject = peer.subject as unknown as DistinguishedName;
  const issuer = peer.issuer as unknown as DistinguishedName;
  const alternatives = [...(peer.subjectaltname ?? "").matchAll(/(?:DNS|IP Address):([^,\s]+)/g)];
  const names = alternatives.map(([, name = ""]) => name);
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    isSelfSigned: JSON.stringify(subject) === JSON.stringify(issuer),
    // The common name counts only without these.
    names: names.length > 0 ? names : [nameOf(subject)],
    notBefore: Date.parse(peer.valid_from),
    notAfter: Date.parse(peer.valid_to),
    isForServers: isForServers(peer.raw),
  };
}

type DistinguishedName = Readonly<Record<string, string | string[]>>;

function nameOf(name: DistinguishedName): string {
  const { CN = Object.values(name).flat().join(", ") } = name;
  return [CN].flat().join(", ");
}

// The version field of version 3: [0] EXPLICIT INTEGER 2.
const VERSION_3 = [0xa0, 0x03, 0x02, 0x01, 0x02];

/** Whether a certificate is of version 3: older ones have no extensions, and no version field. */
export function isVersion3(der: Uint8Array): boolean {
  const content = contentOf(contentOf(der));
  return VERSION_3.every((byte, index) => content[index] === byte);
}

// The content of a DER value, without its tag and length.
function contentOf(der: Uint8Array): Uint8Array {
  const length = der[1] ?? 0;
  return der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f));
}

// The object identifiers extKeyUsage (2.5.29.37) and id-kp-serverAuth (1.3.6.1.5.5.7.3.1).
const EXTENDED_KEY_USAGE = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x25]);
const SERVER_AUTH = Buffer.from([0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01]);

function isForServers(der: Uint8Array): boolean {
  const bytes = Buffer.from(der);
  return !bytes.includes(EXTENDED_KEY_USAGE) || bytes.includes(SERVER_AUTH);
}

/**
 * Splits the certificates of PEM texts into those of authorities and those of single servers, which
 * are of version 3 and say that they are no authority's.
 */
export function splitByRole(
  texts: readonly string[],
): { readonly authorities: readonly string[]; readonly servers: readonly string[] } {
  const authorities: string[] = [];
  const servers: string[] = [];
  for (const pem of texts.flatMap(pemCertificates)) {
    (isOfServer(pem) ? servers : authorities).push(pem);
  }
  return { authorities, servers };
}

/** The single certificates of a PEM text; the text itself if there is none. */
function pemCertificates(text: string): readonly string[] {
  const pattern = /-----BEGIN ([A-Z0-9 ]*CERTIFICATE)-----[\s\S]*?-----END \1-----/g;
  return text.match(pattern)?.map((pem) => `${pem}\n`) ?? [text];
}

function isOfServer(pem: string): boolean {
  try {
    return !new X509Certificate(pem).ca && isVersion3(derOf(pem));
  } catch {
    return false; // TLS decides whether it can be used.
  }
}

/** The DER encoding of a certificate in PEM. */
export function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replace(/-----[^-]*-----/g, ""), "base64");
}
