/**
 * Tokens for a service account of Google, with the key in its file (RFC 7523, section 2.1).
 *
 * @module
 */

import { z } from "zod";
import { MINUTE, SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { StoreError } from "../port.ts";
import { type ClientTokens, openTokens, tokenAnswer } from "./client_credentials.ts";
import { askForJson, type Exchange, parseJson, refusal } from "./json_exchange.ts";

/** What the file of a service account's key says. */
export interface ServiceAccount {
  /** The project's ID. */
  readonly project: string;
  /** The account's name. */
  readonly email: string;
  /** The key's ID. */
  readonly keyId: string | undefined;
  /** Where to get tokens. */
  readonly tokenUrl: string;
  /** Signs with the key (RS256). */
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
 * Reads the text of a key's file.
 *
 * @throws {StoreError} `misconfigured`, without a word of the text.
 */
export async function readServiceAccount(text: string, store: string): Promise<ServiceAccount> {
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

/** The tokens of a service account. */
export function openAccountTokens(
  account: ServiceAccount,
  scope: string,
  clock: Clock,
): ClientTokens {
  return openTokens((exchange) => askForToken(account, scope, clock.now(), exchange), clock);
}

const LIFE = 5 * MINUTE;

async function askForToken(
  account: ServiceAccount,
  scope: string,
  now: number,
  exchange: Exchange,
): Promise<z.output<typeof tokenAnswer>> {
  const question = {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: await assertion(account, scope, now),
    }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  } as const;
  const result = await askForJson(account.tokenUrl, question, tokenAnswer, exchange);
  if ("answer" in result) return result.answer;
  const { status } = result;
  if (status === 400 || status === 401) {
    const reason = "it gives us no token: is the key still valid, and this machine's clock right?";
    throw new StoreError(exchange.store, "misconfigured", `${reason} (status ${status})`);
  }
  throw refusal(status, exchange.store);
}

async function assertion(account: ServiceAccount, scope: string, now: number): Promise<string> {
  const { email, keyId, tokenUrl, key } = account;
  const issued = Math.floor(now / SECOND);
  const header = { alg: "RS256", typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) };
  const claims = { iss: email, scope, aud: tokenUrl, iat: issued, exp: issued + LIFE / SECOND };
  const encoder = new TextEncoder();
  const parts = [header, claims].map((part) => encoded(encoder.encode(JSON.stringify(part))));
  const signature = await crypto.subtle.sign(ALGORITHM, key, encoder.encode(parts.join(".")));
  return [...parts, encoded(new Uint8Array(signature))].join(".");
}

function encoded(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
