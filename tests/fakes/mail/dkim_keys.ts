/**
 * Keys for signing mails, made anew for each run.
 *
 * @module
 */

import { createPublicKey, generateKeyPairSync } from "node:crypto";

/** A private RSA key in PEM (PKCS #8), and its public one as the DNS has it. */
export interface DkimKeyPair {
  readonly pem: string;
  /** Base64 of the public key (RFC 6376, section 3.6.1). */
  readonly record: string;
}

// Making one takes longer than most tests.
const made = new Map<string, DkimKeyPair>();

/** An RSA key of so many bits: the same one each time, or another one. */
export function rsaKey(bits: number, which: "same" | "other" = "same"): DkimKeyPair {
  const name = `${which} ${bits}`;
  const key = made.get(name) ?? makeRsaKey(bits);
  made.set(name, key);
  return key;
}

function makeRsaKey(bits: number): DkimKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    record: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
  };
}

/** Keys that look right and do not do, by what is wrong with them. */
export function wrongKeys(): Readonly<Record<string, string>> {
  const pkcs8 = { type: "pkcs8", format: "pem" } as const;
  const { pem: good } = rsaKey(2048);
  return {
    "too short": rsaKey(768).pem,
    "Ed25519": generateKeyPairSync("ed25519").privateKey.export(pkcs8).toString(),
    "elliptic": generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(pkcs8)
      .toString(),
    "public": createPublicKey(good).export({ type: "spki", format: "pem" }).toString(),
    "locked": good.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    "cut off": good.slice(0, 400) + "\n-----END PRIVATE KEY-----\n",
    "garbage": "swordfish",
    "empty": "",
  };
}
