/**
 * Checks the private key that mails are signed with.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, createSign, createVerify } from "node:crypto";
import type { Secret } from "../../settings/secret.ts";

// The shortest keys that may sign and that should sign (RFC 8301, section 3.2).
const MIN_BITS = 1024;
const RECOMMENDED_BITS = 2048;

/** The result of a check. */
export type DkimKeyCheck =
  /** The key can sign. The advice is for keys whose signatures some receivers ignore. */
  | { readonly kind: "usable"; readonly advice?: string | undefined }
  /** It cannot; the reason says what to do, and does not quote the key. */
  | { readonly kind: "broken"; readonly reason: string };

/** Checks a key in PEM: signs with it and verifies the signature. */
export function checkDkimKey(key: Secret): DkimKeyCheck {
  const pem = key.reveal();
  const reason = wrongKind(pem);
  if (reason !== undefined) return broken(reason);
  try {
    const privateKey = createPrivateKey(pem);
    const type = privateKey.asymmetricKeyType;
    if (type !== "rsa") {
      const name = type === "ed25519" ? "an Ed25519" : "not an RSA";
      return broken(`is ${name} key, and many mail servers can check RSA only: ${MAKE}`);
    }
    const publicKey = createPublicKey(pem);
    const signature = createSign("RSA-SHA256").update(PROBE).sign(pem);
    if (!createVerify("RSA-SHA256").update(PROBE).verify(publicKey, signature)) {
      return broken(`makes wrong signatures: ${MAKE}`);
    }
    // A signature is as long as the modulus.
    const bits = signature.length * 8;
    if (bits < MIN_BITS) return broken(`has ${bits} bits, which no mail server accepts: ${MAKE}`);
    const advice = bits < RECOMMENDED_BITS
      ? `has ${bits} bits, which is little: ${MAKE}`
      : undefined;
    return { kind: "usable", advice };
  } catch {
    // The library's message may quote parts of the key.
    return broken(`cannot be used, it may be cut off: ${MAKE}`);
  }
}

const PROBE = "a mail";
const MAKE = 'make one with "openssl genrsa -out dkim.pem 2048"';

// Recognises other kinds of PEM files.
function wrongKind(pem: string): string | undefined {
  if (/-----BEGIN ENCRYPTED |Proc-Type: *4,ENCRYPTED/.test(pem)) {
    return 'is encrypted with a passphrase: remove that with "openssl pkey -in locked.pem -out dkim.pem"';
  }
  if (/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(pem)) return undefined;
  if (/-----BEGIN (?:[A-Z]+ )?PUBLIC KEY-----/.test(pem)) {
    return "is the public key, which belongs in the DNS: name the private key";
  }
  if (pem.includes("-----BEGIN CERTIFICATE")) {
    return "is a certificate: name the private key";
  }
  return `is not a private key in PEM: ${MAKE}`;
}

function broken(reason: string): DkimKeyCheck {
  return { kind: "broken", reason };
}
