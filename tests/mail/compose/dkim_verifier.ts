/**
 * Checks a DKIM signature with the relaxed canonical forms (RFC 6376), for tests that need nothing
 * but Deno; the end-to-end tests ask a verifier that is not ours.
 *
 * @module
 */

import { createHash, createPublicKey, createVerify } from "node:crypto";

/** What a signature covers, or what is wrong with it. */
export type Verdict =
  | { readonly kind: "pass"; readonly tags: ReadonlyMap<string, string> }
  | { readonly kind: "fail"; readonly reason: string };

/** Checks the first field of a mail, a character per octet, with the base64 of a public key. */
export function verifyDkim(raw: string, record: string): Verdict {
  const end = raw.indexOf("\r\n\r\n");
  const fields = raw.slice(0, end + 2).match(/[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*/g) ?? [];
  const [signature = "", ...signed] = fields;
  if (!signature.startsWith("DKIM-Signature:")) return fail("no signature");
  const tags = new Map(
    signature.slice(15).replace(/\s+/g, "").split(";").map((tag) => {
      const at = tag.indexOf("=");
      return [tag.slice(0, at), tag.slice(at + 1)] as const;
    }),
  );
  const body = raw.slice(end + 4).replace(/[ \t]+(?=\r\n)/g, "").replace(/[ \t]+/g, " ")
    .replace(/(?:\r\n)*$/, "\r\n");
  const digest = createHash("sha256").update(body, "latin1").digest("base64");
  if (digest !== tags.get("bh")) return fail("another body");
  const covered = (tags.get("h") ?? "").split(":").map((name) => {
    const at = signed.findLastIndex((field) => field.toLowerCase().startsWith(`${name}:`));
    return at < 0 ? "" : relaxed(signed.splice(at, 1)[0] ?? "");
  });
  const bare = relaxed(signature).replace(/\bb=[^;]*$/, "b=").replace(/\r\n$/, "");
  const key = createPublicKey({
    key: Uint8Array.from(atob(record), (char) => char.charCodeAt(0)) as never,
    format: "der",
    type: "spki",
  });
  const verified = createVerify("RSA-SHA256").update(covered.join("") + bare, "latin1")
    .verify(key, tags.get("b") ?? "", "base64");
  return verified ? { kind: "pass", tags } : fail("another header or key");
}

function relaxed(field: string): string {
  const at = field.indexOf(":");
  const value = field.slice(at + 1).replace(/\r\n/g, "").replace(/[ \t]+/g, " ").trim();
  return `${field.slice(0, at).trim().toLowerCase()}:${value}\r\n`;
}

function fail(reason: string): Verdict {
  return { kind: "fail", reason };
}
