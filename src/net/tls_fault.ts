/**
 * What is wrong with a server's certificate or with its TLS, and what to do about it.
 *
 * @module
 */

import { isIP } from "node:net";
import { printable, quoted } from "../text/printable.ts";
import type { ServerCertificate } from "./certificate.ts";

/** Why TLS failed. */
export type TlsFault =
  /** It is signed by itself, and not trusted. */
  | { readonly kind: "self_signed" }
  /** It is issued by somebody who is not trusted. */
  | { readonly kind: "unknown_issuer"; readonly issuer: string }
  /** It is for other hosts. */
  | { readonly kind: "other_name"; readonly names: readonly string[] }
  /** It is valid no longer, or not yet; in milliseconds since 1970, UTC. */
  | { readonly kind: "expired" | "not_yet_valid"; readonly time: number }
  /** It may not be used by servers. */
  | { readonly kind: "wrong_purpose" }
  /** It, or one that was presented with it, is of another version than 3. */
  | { readonly kind: "old_version" }
  /** The server does not speak TLS; `http` if it speaks HTTP without TLS. */
  | { readonly kind: "no_tls"; readonly speaks?: "http" | undefined }
  /** Anything else, in the words of the platform; Deno 2.6 does not always have any. */
  | { readonly kind: "other"; readonly detail: string | undefined };

/** Why a certificate that leads to no trusted one is not accepted. */
export function chainFault(certificate: ServerCertificate, now: number): TlsFault {
  const { notBefore, notAfter, isForServers, isSelfSigned, issuer } = certificate;
  if (now > notAfter) return { kind: "expired", time: notAfter };
  if (now < notBefore) return { kind: "not_yet_valid", time: notBefore };
  if (!isForServers) return { kind: "wrong_purpose" };
  return isSelfSigned ? { kind: "self_signed" } : { kind: "unknown_issuer", issuer };
}

/** Whether another trusted certificate could mend it. */
export function dependsOnTrust({ kind }: TlsFault): boolean {
  return ["self_signed", "unknown_issuer", "other"].includes(kind);
}

// A certificate of a large host names hundreds.
const MAX_SHOWN_NAMES = 3;

/** Says what is wrong, as a part of a sentence. */
export function describeTlsFault(fault: TlsFault, host: string): string {
  switch (fault.kind) {
    case "self_signed":
      return "the certificate is self-signed and not trusted here";
    case "unknown_issuer":
      return `the certificate is issued by ${quoted(fault.issuer)}, which is not trusted here`;
    case "other_name": {
      const shown = fault.names.slice(0, MAX_SHOWN_NAMES).map((name) => quoted(name));
      if (fault.names.length > MAX_SHOWN_NAMES) shown.push("others");
      return `the certificate is for ${shown.join(", ")}, not for ${quoted(host)}`;
    }
    case "expired":
      return `the certificate expired on ${dateOf(fault.time)}`;
    case "not_yet_valid":
      return `the certificate is not valid before ${dateOf(fault.time)}`;
    case "wrong_purpose":
      return "the certificate is not for servers: its extended key usage lacks serverAuth";
    case "old_version":
      return "the certificate, or one that came with it, is of X.509 version 1, which cannot be " +
        "verified";
    case "no_tls":
      return fault.speaks === "http"
        ? "this port speaks HTTP without TLS"
        : "this port does not speak TLS";
    case "other":
      return `TLS failed: ${printable(fault.detail ?? "perhaps its certificate does not verify")}`;
  }
}

/** The settings that mend what is wrong. */
export interface TlsKeys {
  /** The key with the server's name, such as `rest.host`. */
  readonly host: string;
  /** What to write if the port does not speak TLS. */
  readonly withoutTls: string;
}

/** Says what to do, as a part of a sentence. */
export function tlsRemedy(fault: TlsFault, host: string, keys: TlsKeys): string {
  switch (fault.kind) {
    case "self_signed":
      return "save the certificate in a file, and name the file in tls.ca";
    case "unknown_issuer":
      return "name a file with the authority's certificate in tls.ca, or let the server send the " +
        "intermediate certificates as well";
    case "other_name":
      return `write a name of the certificate in ${keys.host}, or get one for this name`;
    case "expired":
      return "renew it at the server";
    case "not_yet_valid":
      return "set the clocks of this machine and of the one that issued it";
    case "wrong_purpose":
      return "issue one with serverAuth";
    case "old_version":
      return `create one of version 3: openssl req -x509 -addext subjectAltName=${altName(host)}`;
    case "no_tls":
      return keys.withoutTls;
    case "other":
      return "check the server's certificate, and tls.ca";
  }
}

function altName(host: string): string {
  return `${isIP(host) ? "IP" : "DNS"}:${printable(host)}`;
}

function dateOf(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString().slice(0, 10) : "an unknown date";
}
