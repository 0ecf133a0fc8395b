/**
 * Checks that the published DKIM key fits the private one (RFC 6376, section 3.6.1).
 *
 * @module
 */

import { createPublicKey, type KeyObject } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Secret } from "../../settings/secret.ts";
import { type Check, error, ok, warning } from "../finding.ts";
import { recordsOf, type Resolver } from "./port.ts";
import { parseTags } from "./tags.ts";

const NAME = "DKIM";

/** What emails are signed with. */
export interface SigningKey {
  readonly domain: string;
  readonly selector: string;
  /** The private key in PEM. */
  readonly key: Secret;
}

/**
 * Checks the key's record.
 *
 * @throws {ResolverError} If the DNS cannot tell.
 */
export async function checkDkimRecord(
  { domain, selector, key }: SigningKey,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Check> {
  const at = `${selector}._domainkey.${domain}`;
  const publicKey = createPublicKey(key.reveal());
  const wanted = `v=DKIM1; k=rsa; p=${encoded(publicKey)}`;
  const publish = `Publish this TXT record at ${at}: "${wanted}"`;
  const records = await recordsOf(resolver, at, "TXT", signal);
  const [record] = records;
  if (record === undefined) return error(NAME, `there is no key at ${at}`, publish);
  if (records.length > 1) {
    const seen = `there are ${records.length} TXT records at ${at}, so that receivers may use none`;
    return error(NAME, seen, `Keep the one with the key that is used: "${wanted}"`);
  }
  const fault = faultOf(record, publicKey);
  if (fault !== undefined) return error(NAME, `the record at ${at} ${fault}`, publish);
  if (flagsOf(record).includes("y")) {
    return warning(
      NAME,
      `the record at ${at} says that signatures are only being tested (t=y), so that receivers may ` +
        "treat emails as unsigned",
      `Remove t=y from the TXT record at ${at}.`,
    );
  }
  return ok(NAME, `the key at ${at} fits the private key`);
}

function faultOf(record: string, publicKey: KeyObject): string | undefined {
  const tags = parseTags(record);
  const key = tags?.get("p")?.replaceAll(/\s/g, "");
  if (tags === undefined || key === undefined) return "is not a key";
  const version = tags.get("v") ?? "DKIM1";
  if (version !== "DKIM1") return "is not of version DKIM1";
  if (key === "") return "says that the key was revoked (p is empty)";
  if ((tags.get("k") ?? "rsa") !== "rsa") return "is not an RSA key, but the private one is";
  const hashes = tags.get("h")?.split(":").map((hash) => hash.trim());
  if (hashes !== undefined && !hashes.includes("sha256")) return "does not allow SHA-256 (h)";
  const services = tags.get("s")?.split(":").map((service) => service.trim()) ?? ["*"];
  if (!services.includes("*") && !services.includes("email")) return "is not for email (s)";
  return isKey(key, publicKey) ? undefined : "has another key than the private one's";
}

function flagsOf(record: string): readonly string[] {
  return parseTags(record)?.get("t")?.split(":").map((flag) => flag.trim()) ?? [];
}

// Some publish the key without the algorithm around it (PKCS #1).
function isKey(published: string, publicKey: KeyObject): boolean {
  const key = Buffer.from(published, "base64");
  return (["spki", "pkcs1"] as const).some((type) =>
    publicKey.export({ type, format: "der" }).equals(key)
  );
}

function encoded(publicKey: KeyObject): string {
  return publicKey.export({ type: "spki", format: "der" }).toString("base64");
}
