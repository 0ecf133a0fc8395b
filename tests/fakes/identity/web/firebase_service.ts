/**
 * A fake of Google's token endpoint and Identity Toolkit API, for lookups of one user.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Clock } from "../../../../src/system/clock.ts";
import type { WebHandler, WebRequest } from "../../net/web_service.ts";
import { isSignedRequest } from "./service_account.ts";

/** A user, with the fields that differ from the default. */
export type FirebaseAccount = { readonly localId: string } & Readonly<Record<string, unknown>>;

/** The project's ID. */
export const PROJECT = "demo-project";

/** A project. */
export class FirebaseProject {
  /** How many tokens it has issued. */
  given = 0;
  readonly #tokens = new Set<string>();

  /** Takes its users, and the clock for the validity of assertions. */
  constructor(readonly accounts: readonly FirebaseAccount[], readonly clock: Clock) {}

  /** Makes its tokens invalid. */
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

  async #token(request: WebRequest): Promise<Response> {
    if (!await isSignedRequest(request, PROJECT, this.clock)) {
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    const token = `ya29.${++this.given}`;
    this.#tokens.add(`Bearer ${token}`);
    return Response.json({ access_token: token, expires_in: 3599, token_type: "Bearer" });
  }
}

/** An error of Google's APIs. */
export function problem(code: number, status: string): Response {
  return Response.json({ error: { code, message: "a sentence", status } }, { status: code });
}
