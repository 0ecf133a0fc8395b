/**
 * The private key that mails are signed with.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, createSign, createVerify } from "node:crypto";
import type { Secret } from "../../settings/secret.ts";

/** The shortest key that signatures are made with, in bits (RFC 8301, section 3.2). */
const SHORTEST = 1024;
/** The shortest one that is recommended there. */
const RECOMMENDED = 2048;

/** What a key is. */
export type DkimKey =
  /** It signs. The advice is for keys that some receivers take no notice of. */
  | { readonly kind: "key"; readonly advice?: string }
  /** It does not; why, and what to do, without anything of the key. */
  | { readonly kind: "broken"; readonly reason: string };

/** Tries a key in PEM with a signature that is checked. */
export function tryDkimKey(key: Secret): DkimKey {
  const pem = key.reveal();
  const reason = wrongKind(pem);
  if (reason !== undefined) return broken(reason);
  try {
    const privateKey = createPrivateKey(pem);
    const type = privateKey.asymmetricKeyType;
    if (type !== "rsa") {
      const name = type === "ed25519" ? "an Ed25519" : "no RSA";
      return broken(`is ${name} key, which many mail servers cannot check: ${MAKE}`);
    }
    const publicKey = createPublicKey(pem);
    const signature = createSign("RSA-SHA256").update(PROBE).sign(pem);
    if (!createVerify("RSA-SHA256").update(PROBE).verify(publicKey, signature)) {
      return broken(`makes signatures that are wrong: ${MAKE}`);
    }
    // As long as the modulus.
    const bits = signature.length * 8;
    if (bits < SHORTEST) return broken(`has ${bits} bits, which no mail server accepts: ${MAKE}`);
    if (bits >= RECOMMENDED) return { kind: "key" };
    return { kind: "key", advice: `has ${bits} bits, which is little: ${MAKE}` };
  } catch {
    // What the library says may repeat parts of the key.
    return broken(`cannot be used, it may be cut off: ${MAKE}`);
  }
}

const PROBE = "a mail";
const MAKE = 'make one with "openssl genrsa -out dkim.pem 2048"';

// What else administrators have in PEM files.
function wrongKind(pem: string): string | undefined {
  if (/-----BEGIN ENCRYPTED |Proc-Type: *4,ENCRYPTED/.test(pem)) {
    return 'is locked by a passphrase: take it off with "openssl pkey -in locked.pem -out dkim.pem"';
  }
  if (/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(pem)) return undefined;
  if (/-----BEGIN (?:[A-Z]+ )?PUBLIC KEY-----/.test(pem)) {
    return "is the public key, which belongs into the DNS: name the private one";
  }
  if (pem.includes("-----BEGIN CERTIFICATE")) {
    return "is a certificate: name the private key";
  }
  return `is no private key in PEM: ${MAKE}`;
}

function broken(reason: string): DkimKey {
  return { kind: "broken", reason };
}
