/**
 * Certificates for localhost, 127.0.0.1 and ::1 that something is wrong with, or that are trusted in
 * unusual ways. `certificates/faulty/make.sh` makes them.
 *
 * @module
 */

function read(name: string): string {
  return Deno.readTextFileSync(new URL(`certificates/faulty/${name}`, import.meta.url));
}

/** A server's certificates and the key of the first one. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

function identity(name: string): Identity {
  return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
}

/** The authority that issued those below. */
export const AUTHORITY: string = read("authority.pem");
/** The authority's own authority for servers. */
export const INTERMEDIATE: string = read("intermediate.pem");
/** Issued by the authority, and valid. */
export const BY_AUTHORITY: Identity = identity("by_authority");
/** Issued by the authority, and valid until 2020. */
export const EXPIRED: Identity = identity("expired");
/** Issued by the authority, and valid from 2110. */
export const FUTURE: Identity = identity("future");
/** Issued by the authority, for clients only. */
export const CLIENT_ONLY: Identity = identity("client_only");
/** Issued by the intermediate authority, whose certificate is not sent. */
export const UNCHAINED: Identity = identity("unchained");
/** The same, and it is sent. */
export const CHAINED: Identity = identity("chained");
/** Self-signed, and says that it is an authority's, as `openssl req -x509` makes them. */
export const SELF_SIGNED: Identity = identity("self_signed");
/** Self-signed, and says that it is no authority's. */
export const LEAF: Identity = identity("leaf");
/** Signed with the key of `LEAF`. */
export const BY_LEAF: Identity = identity("by_leaf");
/** Self-signed, of X.509 version 1. */
export const VERSION_1: Identity = identity("version1");
/** Not issued by the authority, but a certificate of version 1 that is sent with it names that. */
export const FORGED: Identity = identity("forged");
/** The certificate of `VERSION_1` with another key. */
export const STOLEN: Identity = { cert: VERSION_1.cert, key: FORGED.key };
