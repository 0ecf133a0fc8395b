/**
 * A fake of Keycloak's token endpoint and admin REST API, as documented, for searches of users.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { WebHandler, WebRequest } from "../../net/web_service.ts";

/** A user of the realm. */
export interface KeycloakAccount {
  readonly username: string;
  /** Names of realm roles. */
  readonly roles?: readonly string[];
  /** More keys of the UserRepresentation. */
  readonly representation?: Readonly<Record<string, unknown>>;
}

/** The client's secret, with characters that must be encoded. */
export const CLIENT_SECRET = "kc s3cret+/%:=";

/** Localparts that no user can have: names are in lower case, and NUL is refused. */
export const NOT_HELD: readonly string[] = [
  "' OR 1=1 --",
  "'/**/OR/**/'1'='1",
  'bob" OR ""="',
  "bob';DROP/**/TABLE/**/users;--",
  "bob\0",
  "BOB",
];

const REALM = "/realms/my%20realm";
const ADMIN = `/admin${REALM}`;

/** The realm "my realm"; names in it are in lower case, as in Keycloak. */
export class KeycloakRealm {
  /** Whether the service account has no role. */
  forbidden = false;
  /** Whether it has the role `query-users`, without `view-users`. */
  blind = false;
  /** How many tokens it has issued. */
  given = 0;
  readonly #tokens = new Set<string>();

  /** Takes its users. */
  constructor(readonly accounts: readonly KeycloakAccount[]) {}

  /** Makes its tokens invalid, as a restart does. */
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
    if (request.line === `GET ${ADMIN}/users`) return this.#search(request);
    if (request.line !== `GET ${ADMIN}/users/count`) return this.#roles(request);
    assert.deepEqual(request.query, {});
    return Response.json(this.accounts.length);
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
    const { username, max, ...others } = query;
    const { accounts } = this;
    if (username === undefined) {
      assert.deepEqual(query, { max: "1" });
      return this.#found(accounts.slice(0, 1));
    }
    assert.deepEqual({ max, ...others }, {
      exact: "true",
      briefRepresentation: "false",
      max: "10",
    });
    if (username.includes("\0")) return problem(400, "Blocking invalid query parameter value");
    const name = username.toLowerCase();
    return this.#found(accounts.filter((account) => account.username.toLowerCase() === name));
  }

  #found(accounts: readonly KeycloakAccount[]): Response {
    if (this.blind) return Response.json([]);
    return Response.json(accounts.map((account) => ({
      id: `id-${this.accounts.indexOf(account)}`,
      enabled: true,
      emailVerified: false,
      totp: false,
      ...account.representation,
      username: account.username.toLowerCase(),
    })));
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
