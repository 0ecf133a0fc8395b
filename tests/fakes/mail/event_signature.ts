/** Signs requests as SendGrid's event webhook does. */

import { createSign, generateKeyPairSync } from "node:crypto";

/** A key that signs. */
export interface SigningKey {
  /** The public key in PEM. */
  readonly publicKey: string;
  /** The signed parts of a request with that body, at that time in milliseconds UTC. */
  sign(body: string, now: number, timestamp?: string): {
    readonly signature: string;
    readonly timestamp: string;
    readonly body: Uint8Array;
  };
}

/** Makes a key. */
export function signingKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    sign(text, now, timestamp = String(Math.floor(now / 1000))) {
      const body = new TextEncoder().encode(text);
      const signature = createSign("sha256").update(timestamp).update(body)
        .sign(privateKey, "base64");
      return { signature, timestamp, body };
    },
  };
}
