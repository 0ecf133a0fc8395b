/**
 * A REST identity store's other side: a web server that is strict about every request.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type WebRequest, WebService } from "../../net/web_service.ts";

/** What the backend knows of a person; a part that is absent is answered with 404. */
export interface BackendPerson {
  /** The `display_name`. */
  readonly displayName?: string | undefined;
  /** Mail addresses. */
  readonly addresses?: readonly string[];
  /** The roles. */
  readonly roles?: readonly string[];
}

/** The base of the endpoints' default paths. */
export const PROFILE_PATH = "/_mxisd/backend/api/v1/profile";

/** A server on the loopback interface, which answers as mxisd's documentation says. */
export class RestBackend extends WebService {
  /** By localpart. */
  readonly people = new Map<string, BackendPerson>();
  /** Header fields that every request must have. */
  readonly expectedHeaders: Record<string, string> = {};
  /** Answers in the place of the usual one, by path. */
  readonly scriptedPaths = new Map<string, () => Response | Promise<Response>>();

  /** Listens on a port of its own. */
  constructor(readonly domain: string) {
    super((request) => this.#answer(request));
  }

  /** Takes requests and never answers; `reached` tells of the first one. */
  override stall(): { readonly reached: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const part of ["displayName", "threepids", "roles"]) {
      this.scriptedPaths.set(`${PROFILE_PATH}/${part}`, () => {
        resolve();
        return this.ended;
      });
    }
    return { reached: promise };
  }

  #answer({ line, headers, body }: WebRequest): Response | Promise<Response> {
    for (const [name, value] of Object.entries(this.expectedHeaders)) {
      assert.equal(headers.get(name), value, `header field ${name}`);
    }
    const [method, path = ""] = line.split(" ");
    const scripted = this.scriptedPaths.get(path);
    if (scripted) return scripted();
    if (method === "OPTIONS") {
      assert.equal(body, "");
      return new Response(null, { status: 405 });
    }
    assert.equal(method, "POST");
    assert.equal(headers.get("content-type"), "application/json");
    assert.equal(headers.get("accept"), "application/json");
    const { localpart } = JSON.parse(body);
    const expected = { mxid: `@${localpart}:${this.domain}`, localpart, domain: this.domain };
    assert.equal(body, JSON.stringify(expected));
    return this.#profile(path, this.people.get(localpart) ?? {});
  }

  #profile(path: string, person: BackendPerson): Response {
    const parts: Record<string, [unknown, object]> = {
      [`${PROFILE_PATH}/displayName`]: [person.displayName, { display_name: person.displayName }],
      [`${PROFILE_PATH}/threepids`]: [person.addresses, {
        threepids: person.addresses?.map((address) => ({ medium: "email", address })),
      }],
      [`${PROFILE_PATH}/roles`]: [person.roles, { roles: person.roles }],
    };
    const part = parts[path];
    assert.ok(part !== undefined, `path ${path}`);
    if (part[0] === undefined) return Response.json({ error: "not found" }, { status: 404 });
    return Response.json({ profile: part[1], unknown: "to be ignored" });
  }
}
