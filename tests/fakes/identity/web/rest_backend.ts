/**
 * A fake of the web service behind the REST store, which is strict about every request.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type WebRequest, WebService } from "../../net/web_service.ts";

/** What the backend knows about a person; an absent part is answered with 404. */
export interface BackendPerson {
  readonly displayName?: string | undefined;
  /** Email addresses. */
  readonly addresses?: readonly string[];
  readonly roles?: readonly string[];
}

/** The base of the endpoints' default paths. */
export const PROFILE_PATH = "/_mxisd/backend/api/v1/profile";

/** A server on the loopback interface that answers as mxisd's documentation says. */
export class RestBackend extends WebService {
  /** By localpart. */
  readonly people = new Map<string, BackendPerson>();
  /** Header fields that every request must have. */
  readonly expectedHeaders: Record<string, string> = {};
  /** Responses that replace the usual one, by path. */
  readonly scriptedPaths = new Map<string, () => Response | Promise<Response>>();

  /** Listens on a free port; `profilePath` is the only path that it answers below. */
  constructor(readonly domain: string, readonly profilePath = PROFILE_PATH) {
    super((request) => this.#answer(request));
  }

  /** Accepts requests without answering; `reached` resolves with the first one. */
  override stall(): { readonly reached: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const part of ["displayName", "threepids", "roles"]) {
      this.scriptedPaths.set(`${this.profilePath}/${part}`, () => {
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
    if (!path.startsWith(this.profilePath) && path.includes("/backend/api/v1/profile/")) {
      return new Response("not found", { status: 404 });
    }
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
      [`${this.profilePath}/displayName`]: [person.displayName, {
        display_name: person.displayName,
      }],
      [`${this.profilePath}/threepids`]: [person.addresses, {
        threepids: person.addresses?.map((address) => ({ medium: "email", address })),
      }],
      [`${this.profilePath}/roles`]: [person.roles, { roles: person.roles }],
    };
    const part = parts[path];
    assert.ok(part !== undefined, `path ${path}`);
    if (part[0] === undefined) return Response.json({ error: "not found" }, { status: 404 });
    return Response.json({ profile: part[1], unknown: "to be ignored" });
  }
}
