/**
 * A Keycloak as its admin REST API and its token endpoint are documented, as far as a search for
 * users goes.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { WebHandler, WebRequest } from "./web_service.ts";

/** A user, as the realm has it. */
export interface KeycloakAccount {
  readonly username: string;
  /** Names of realm roles. */
  readonly roles?: readonly string[];
  /** What else a UserRepresentation has. */
  readonly representation?: Readonly<Record<string, unknown>>;
}

/** The client's secret, with characters that have to be encoded. */
export const CLIENT_SECRET = "kc s3cret+/%:=";

const REALM = "/realms/my%20realm";
const ADMIN = `/admin${REALM}`;

/** The realm "my realm" with these users; names in it are in lower case, as Keycloak has them. */
export class KeycloakRealm {
  /** What the service account may not. */
  forbidden = false;
  /** How many tokens it has given. */
  given = 0;
  readonly #tokens = new Set<string>();

  /** Takes its users. */
  constructor(readonly accounts: readonly KeycloakAccount[]) {}

  /** Knows its tokens no more, as after a restart. */
  forget(): void {
    this.#tokens.clear();
  }

  /** Answers a request. */
  readonly handle: WebHandler = (request) => {
    if (request.line === `POST ${REALM}/protocol/openid-connect/token`) return this.#token(request);
    assert.equal(request.body, "");
    assert.equal(request.headers.get("accept"), "application/json");
    const authorization = request.headers.get("authorization") ?? "";
    assert.match(authorization, /^Bearer token-\d+$/);
    if (!this.#tokens.has(authorization)) return problem(401, "HTTP 401 Unauthorized");
    if (this.forbidden) return problem(403, "HTTP 403 Forbidden");
    return request.line === `GET ${ADMIN}/users` ? this.#search(request) : this.#roles(request);
  };

  #token({ headers, query, body }: WebRequest): Response {
    assert.equal(headers.get("content-type"), "application/x-www-form-urlencoded");
    assert.deepEqual(query, {});
    assert.equal(body, "grant_type=client_credentials");
    const [scheme, credentials = ""] = headers.get("authorization")?.split(" ") ?? [];
    assert.equal(scheme, "Basic");
    const [id, secret] = atob(credentials).split(":").map((text) => {
      return decodeURIComponent(text.replaceAll("+", " "));
    });
    if (id !== "mxisd" || secret !== CLIENT_SECRET) return problem(401, "unauthorized_client");
    const token = `token-${++this.given}`;
    this.#tokens.add(`Bearer ${token}`);
    return Response.json({
      access_token: token,
      expires_in: 60,
      refresh_expires_in: 0,
      token_type: "Bearer",
      "not-before-policy": 0,
      scope: "profile email",
    });
  }

  #search({ query }: WebRequest): Response {
    const { username = "", ...others } = query;
    assert.deepEqual(others, { exact: "true", briefRepresentation: "false", max: "10" });
    const found = this.accounts.flatMap((account, index) => {
      const name = account.username.toLowerCase();
      if (name !== username.toLowerCase()) return [];
      return {
        id: `id-${index}`,
        username: name,
        enabled: true,
        emailVerified: false,
        totp: false,
        ...account.representation,
      };
    });
    return Response.json(found);
  }

  #roles({ line, query }: WebRequest): Response {
    assert.deepEqual(query, {});
    const path = new RegExp(`^GET ${ADMIN}/users/id-(\\d+)/role-mappings/realm/composite$`);
    const account = this.accounts[Number(path.exec(line)?.[1])];
    assert.ok(account, line);
    return Response.json(
      (account.roles ?? []).map((name) => ({ id: name, name, composite: false })),
    );
  }
}

function problem(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
