/**
 * A service account of Google, and the verification of what is signed with its key.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Clock } from "../../../../src/system/clock.ts";
import type { WebRequest } from "../../net/web_service.ts";

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const KEYS = await makeKeys();
const PRIVATE_KEY = await exported(KEYS.privateKey);

/** The private key's middle, which no error may contain. */
export const KEY_EXCERPT: string = PRIVATE_KEY.slice(300, 360).toBase64();

/** Another account's key, in the form of a key file. */
export const FOREIGN_KEY: string = pem(await exported((await makeKeys()).privateKey));

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

function makeKeys(): Promise<CryptoKeyPair> {
  const size = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  return crypto.subtle.generateKey({ ...ALGORITHM, ...size }, true, ["sign", "verify"]);
}

async function exported(key: CryptoKey): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
}

function pem(key: Uint8Array): string {
  const lines = key.toBase64().replace(/.{64}/g, "$&\n");
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

function emailOf(project: string): string {
  return `mxisd@${project}.iam.gserviceaccount.com`;
}

/** The key file of the project's service account. */
export function keyFile(project: string, serviceUrl: string, changes: object = {}): string {
  return JSON.stringify({
    type: "service_account",
    project_id: project,
    private_key_id: "key-1",
    private_key: pem(PRIVATE_KEY),
    client_email: emailOf(project),
    client_id: "100000000000000000000",
    auth_uri: "https://accounts.google.com/o/oauth2/auth",
    token_uri: `${serviceUrl}/token`,
    ...changes,
  });
}

/**
 * Whether a token request is signed by the project's service account. A request that RFC 7523 does not
 * allow fails the test.
 */
export async function isSignedRequest(
  { headers, query, body }: WebRequest,
  project: string,
  clock: Clock,
): Promise<boolean> {
  assert.equal(headers.get("content-type"), "application/x-www-form-urlencoded");
  assert.equal(headers.get("authorization"), null);
  assert.deepEqual(query, {});
  const { grant_type, assertion = "", ...others } = Object.fromEntries(new URLSearchParams(body));
  assert.equal(grant_type, GRANT);
  assert.deepEqual(others, {});
  const [header = "", claims = "", signature = ""] = assertion.split(".");
  assert.deepEqual(decoded(header), { alg: "RS256", typ: "JWT", kid: "key-1" });
  const { iss, scope, aud, iat, exp } = decoded(claims);
  assert.equal(scope, "https://www.googleapis.com/auth/identitytoolkit");
  assert.equal(aud, `http://${headers.get("host")}/token`);
  assert.ok(Math.abs(iat - clock.now() / 1000) <= 1, "the time is now, in whole seconds");
  assert.ok(Number.isInteger(iat) && exp > iat && exp <= iat + 3600, "an hour at most");
  const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
  const signed = new TextEncoder().encode(`${header}.${claims}`);
  const isRight = await crypto.subtle.verify(ALGORITHM, KEYS.publicKey, bytes, signed);
  return isRight && iss === emailOf(project);
}

function decoded(part: string) {
  const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
  return JSON.parse(new TextDecoder().decode(bytes));
}
