/**
 * Google's token endpoint and Identity Toolkit API, as far as asking for one user goes.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Clock } from "../../src/domain/clock.ts";
import type { WebHandler, WebRequest } from "./web_service.ts";

/** A user by what is not usual in it. */
export type FirebaseAccount = { readonly localId: string } & Readonly<Record<string, unknown>>;

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const KEYS = await crypto.subtle.generateKey(
  { ...ALGORITHM, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  true,
  ["sign", "verify"],
);
const PRIVATE_KEY = new Uint8Array(await crypto.subtle.exportKey("pkcs8", KEYS.privateKey));

/** The private key's middle, which no error may tell. */
export const KEY_EXCERPT: string = PRIVATE_KEY.slice(300, 360).toBase64();

const PROJECT = "demo-project";
const EMAIL = `mxisd@${PROJECT}.iam.gserviceaccount.com`;
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** What stands in the key's file of the service account. */
export function keyFile(serviceUrl: string, changes: object = {}): string {
  const lines = PRIVATE_KEY.toBase64().replace(/.{64}/g, "$&\n");
  return JSON.stringify({
    type: "service_account",
    project_id: PROJECT,
    private_key_id: "key-1",
    private_key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
    client_email: EMAIL,
    client_id: "100000000000000000000",
    auth_uri: "https://accounts.google.com/o/oauth2/auth",
    token_uri: `${serviceUrl}/token`,
    ...changes,
  });
}

/** The project with these users. */
export class FirebaseProject {
  /** How many tokens it has given. */
  given = 0;
  readonly #tokens = new Set<string>();

  /** Takes its users, and the time by which it judges assertions. */
  constructor(readonly accounts: readonly FirebaseAccount[], readonly clock: Clock) {}

  /** Knows its tokens no more. */
  forget(): void {
    this.#tokens.clear();
  }

  /** Answers a request. */
  readonly handle: WebHandler = (request) => {
    if (request.line === "POST /token") return this.#token(request);
    assert.equal(request.line, `POST /v1/projects/${PROJECT}/accounts:lookup`);
    assert.equal(request.headers.get("accept"), "application/json");
    assert.equal(request.headers.get("content-type"), "application/json");
    assert.deepEqual(request.query, {});
    const authorization = request.headers.get("authorization") ?? "";
    assert.match(authorization, /^Bearer ya29\.\d+$/);
    if (!this.#tokens.has(authorization)) return problem(401, "UNAUTHENTICATED");
    const { localId, ...others } = JSON.parse(request.body);
    assert.deepEqual(others, {});
    assert.ok(Array.isArray(localId) && localId.length === 1);
    const users = this.accounts.filter((account) => account.localId === localId[0]);
    return Response.json({
      kind: "identitytoolkit#GetAccountInfoResponse",
      ...(users.length === 0 ? {} : { users }),
    });
  };

  async #token({ headers, query, body }: WebRequest): Promise<Response> {
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
    assert.equal(iat, Math.floor(this.clock.now() / 1000));
    assert.ok(exp > iat && exp <= iat + 3600, "an hour at most");
    const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
    const signed = new TextEncoder().encode(`${header}.${claims}`);
    const isRight = await crypto.subtle.verify(ALGORITHM, KEYS.publicKey, bytes, signed);
    if (!isRight || iss !== EMAIL) {
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    const token = `ya29.${++this.given}`;
    this.#tokens.add(`Bearer ${token}`);
    return Response.json({ access_token: token, expires_in: 3599, token_type: "Bearer" });
  }
}

function decoded(part: string) {
  const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** A refusal, as Google's APIs write one. */
export function problem(code: number, status: string): Response {
  return Response.json({ error: { code, message: "a sentence", status } }, { status: code });
}
