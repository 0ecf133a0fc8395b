/**
 * A fake of Matrix Authentication Service's token endpoint and admin API, as documented, for lookups of
 * one user.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { WebHandler, WebRequest } from "../../net/web_service.ts";

/** A user of the service. */
export interface MasAccount {
  readonly username: string;
  readonly emails?: readonly string[];
  /** Attributes that differ from the default. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** The client's ID: a ULID, as the service requires. */
export const CLIENT_ID = "01J0000000000000000000MXSD";

/** The client's secret, with characters that must be encoded. */
export const CLIENT_SECRET = "m4s s3cret+/%:=";

const API = "/api/admin/v1";
const USER = `GET ${API}/users/by-username/`;
const CREATED = "2026-01-01T00:00:00Z";

/** The service, which ignores case in names. */
export class MasService {
  /** How many tokens it has issued. */
  given = 0;
  readonly #tokens = new Set<string>();

  /** Takes its users. */
  constructor(readonly accounts: readonly MasAccount[]) {}

  /** Makes its tokens invalid, as a restart with another database does. */
  forget(): void {
    this.#tokens.clear();
  }

  /** Answers a request. */
  readonly handle: WebHandler = (request) => {
    if (request.line === "POST /oauth2/token") return this.#token(request);
    assert.equal(request.body, "");
    assert.equal(request.headers.get("accept"), "application/json");
    const authorization = request.headers.get("authorization") ?? "";
    assert.match(authorization, /^Bearer mat_\d+$/);
    if (!this.#tokens.has(authorization)) return problem(401, "Unknown access token");
    if (request.line.startsWith(USER)) return this.#user(request);
    assert.equal(request.line, `GET ${API}/user-emails`);
    return this.#emails(request);
  };

  #token({ headers, query, body }: WebRequest): Response {
    assert.equal(headers.get("content-type"), "application/x-www-form-urlencoded");
    assert.deepEqual(query, {});
    assert.equal(body, "grant_type=client_credentials&scope=urn%3Amas%3Aadmin");
    const [scheme, credentials = ""] = headers.get("authorization")?.split(" ") ?? [];
    assert.equal(scheme, "Basic");
    const [id, secret] = atob(credentials).split(":").map((text) => {
      return decodeURIComponent(text.replaceAll("+", " "));
    });
    if (id !== CLIENT_ID || secret !== CLIENT_SECRET) {
      const error_description = "Client authentication failed";
      return Response.json({ error: "invalid_client", error_description }, { status: 401 });
    }
    const token = `mat_${++this.given}`;
    this.#tokens.add(`Bearer ${token}`);
    return Response.json({
      access_token: token,
      token_type: "Bearer",
      expires_in: 300,
      scope: "urn:mas:admin",
    });
  }

  #user({ line, query }: WebRequest): Response {
    assert.deepEqual(query, {});
    const segment = line.slice(USER.length);
    assert.ok(!segment.includes("/"), line);
    const name = decodeURIComponent(segment);
    const account = this.accounts.find(({ username }) => username === name) ??
      this.accounts.find(({ username }) => username.toLowerCase() === name.toLowerCase());
    if (!account) return problem(404, `User with username "${name}" not found`);
    const id = idOf(this.accounts.indexOf(account));
    const { username, attributes } = account;
    return Response.json({
      data: {
        type: "user",
        id,
        attributes: {
          username,
          created_at: CREATED,
          locked_at: null,
          deactivated_at: null,
          admin: false,
          legacy_guest: false,
          ...attributes,
        },
        links: { self: `${API}/users/${id}` },
      },
      links: { self: `${API}/users/by-username/${username}` },
    });
  }

  #emails({ query }: WebRequest): Response {
    const { "filter[user]": user, "page[first]": first, ...others } = query;
    assert.deepEqual(others, {});
    const size = Number(first);
    assert.ok(size > 0);
    const account = this.accounts.find((_account, index) => idOf(index) === user);
    if (!user || !account) return problem(404, `User ID ${user} not found`);
    const emails = account.emails ?? [];
    const self = `${API}/user-emails?filter[user]=${user}&page[first]=${first}`;
    return Response.json({
      meta: { count: emails.length },
      data: emails.slice(0, size).map((email, index) => ({
        type: "user-email",
        id: idOf(index),
        attributes: { created_at: CREATED, user_id: user, email },
        links: { self: `${API}/user-emails/${idOf(index)}` },
      })),
      links: {
        self,
        first: self,
        last: self.replace("first", "last"),
        ...(emails.length > size ? { next: `${self}&page[after]=${idOf(size - 1)}` } : {}),
      },
    });
  }
}

// A ULID.
function idOf(index: number): string {
  return `01FSHN9AG0${String(index).padStart(16, "0")}`;
}

/** An error of the API. */
export function problem(status: number, title: string): Response {
  return Response.json({ errors: [{ title }] }, { status });
}
