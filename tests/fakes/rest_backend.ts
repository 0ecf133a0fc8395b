/**
 * A REST identity store's other side: a web server that is strict about every request.
 *
 * @module
 */

import assert from "node:assert/strict";

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
export class RestBackend implements AsyncDisposable {
  /** By localpart. */
  readonly people = new Map<string, BackendPerson>();
  /** What was wrong with requests; a test expects none. */
  readonly faults: string[] = [];
  /** Methods and paths in the order in which they came. */
  readonly requests: string[] = [];
  /** Header fields that every request must have. */
  readonly expectedHeaders: Record<string, string> = {};
  /** Answers in the place of the usual one, by path. */
  readonly scripted = new Map<string, () => Response | Promise<Response>>();
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #port = 0;
  readonly #end = Promise.withResolvers<Response>();

  /** Listens on a port of its own. */
  constructor(readonly domain: string) {
    this.up();
  }

  /** The server's URL, the same after it was down. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens again. */
  up(): void {
    const options = { hostname: "127.0.0.1", port: this.#port, onListen() {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
    this.#port = this.#server.addr.port;
  }

  /** Listens no more. */
  async down(): Promise<void> {
    await this.#server?.shutdown();
    this.#server = undefined;
  }

  /** Takes requests and never answers; `reached` tells of the first one. */
  stall(): { readonly reached: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const part of ["displayName", "threepids", "roles"]) {
      this.scripted.set(`${PROFILE_PATH}/${part}`, () => {
        resolve();
        return this.#end.promise;
      });
    }
    return { reached: promise };
  }

  /** Ends the server, and what it has not answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.resolve(new Response(null, { status: 503 }));
    await this.down();
    assert.deepEqual(this.faults, []);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}`);
    const body = await request.text();
    for (const [name, value] of Object.entries(this.expectedHeaders)) {
      this.#expect(request.headers.get(name) === value, `header field ${name}`);
    }
    const scripted = this.scripted.get(pathname);
    if (scripted) return await scripted();
    if (request.method === "OPTIONS") {
      this.#expect(body === "", "a body of OPTIONS");
      return new Response(null, { status: 405 });
    }
    this.#expect(request.method === "POST", `method ${request.method}`);
    this.#expect(request.headers.get("content-type") === "application/json", "content type");
    this.#expect(request.headers.get("accept") === "application/json", "accept");
    const question = JSON.parse(body);
    const { localpart } = question;
    const expected = { mxid: `@${localpart}:${this.domain}`, localpart, domain: this.domain };
    this.#expect(body === JSON.stringify(expected), "body");
    return this.#profile(pathname, this.people.get(localpart) ?? {});
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
    this.#expect(part !== undefined, `path ${path}`);
    if (part?.[0] === undefined) return Response.json({ error: "not found" }, { status: 404 });
    return Response.json({ profile: part[1], unknown: "to be ignored" });
  }

  // An assertion that failed in here would only be a status of 500 to the other side.
  #expect(condition: boolean, what: string): void {
    if (!condition) this.faults.push(what);
  }
}
