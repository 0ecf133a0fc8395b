/**
 * Access tokens for a Google service account, signed with the key in its file (RFC 7523, section
 * 2.1).
 *
 * @module
 */

import { z } from "zod";
import { MINUTE, SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { parseJson } from "../parse_json.ts";
import { StoreError } from "../port.ts";
import { type AccessTokens, openTokens, requestToken } from "./tokens.ts";

/** The content of a service account's key file. */
export interface ServiceAccount {
  /** The project's ID. */
  readonly project: string;
  /** The account's name. */
  readonly email: string;
  readonly keyId: string | undefined;
  /** The token endpoint. */
  readonly tokenUrl: string;
  /** The private key, for RS256. */
  readonly key: CryptoKey;
}

const file = z.object({
  type: z.literal("service_account"),
  project_id: z.string().regex(/^[a-z0-9.:-]+$/i),
  private_key_id: z.string().optional(),
  private_key: z.string(),
  client_email: z.string().min(1),
  token_uri: z.url({ protocol: /^https?$/ }),
});

/**
 * Parses the text of a key file.
 *
 * @throws {StoreError} `misconfigured`, without quoting the text.
 */
export async function parseServiceAccount(text: string, store: string): Promise<ServiceAccount> {
  const account = parseJson(text, file, store, "key file");
  return {
    project: account.project_id,
    email: account.client_email,
    keyId: account.private_key_id,
    tokenUrl: account.token_uri,
    key: await importKey(account.private_key, store),
  };
}

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

async function importKey(pem: string, store: string): Promise<CryptoKey> {
  const body = /-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----/.exec(pem)?.[1] ?? "";
  try {
    const bytes = Uint8Array.fromBase64(body);
    return await crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, false, ["sign"]);
  } catch {
    // The cause is left out: it might quote the key.
    throw new StoreError(store, "misconfigured", "the key file's private_key cannot be used");
  }
}

const WRONG_KEY =
  "it issues no token: check that the key is still valid and this machine's clock right";
const ADVICE: ReadonlyMap<number, string> = new Map([[400, WRONG_KEY], [401, WRONG_KEY]]);

/** Opens the tokens of a service account. */
export function openAccountTokens(
  account: ServiceAccount,
  scope: string,
  clock: Clock,
): AccessTokens {
  return openTokens(async (context) => {
    const parameters = {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: await assertion(account, scope, clock.now()),
    };
    return await requestToken({ url: account.tokenUrl, parameters, advice: ADVICE }, context);
  }, clock);
}

const LIFETIME_MS = 5 * MINUTE;

async function assertion(account: ServiceAccount, scope: string, now: number): Promise<string> {
  const { email, keyId, tokenUrl, key } = account;
  const issued = Math.floor(now / SECOND);
  const expires = issued + LIFETIME_MS / SECOND;
  const header = { alg: "RS256", typ: "JWT", kid: keyId };
  const claims = { iss: email, scope, aud: tokenUrl, iat: issued, exp: expires };
  const encoder = new TextEncoder();
  const parts = [header, claims].map((part) => encoded(encoder.encode(JSON.stringify(part))));
  const signature = await crypto.subtle.sign(ALGORITHM, key, encoder.encode(parts.join(".")));
  return [...parts, encoded(new Uint8Array(signature))].join(".");
}

function encoded(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
