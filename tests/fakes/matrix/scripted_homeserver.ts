import assert from "node:assert/strict";

/** The homeserver's response to a token. */
export type Reply = (request: Request) => Response | Promise<Response>;

/**
 * A homeserver's versions, ping and whoami endpoints, as the client-server API describes them: any other
 * request fails the test when the server is disposed.
 */
export class ScriptedHomeserver implements AsyncDisposable {
  /** The tokens that were sent, in order. */
  readonly tokens: string[] = [];
  /** The transaction IDs, in order. */
  readonly transactions: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #violations: unknown[] = [];

  /** Responses to whoami; by default the token's user is `@mxisd:example.org`. */
  whoami: Reply = () => Response.json({ user_id: "@mxisd:example.org", is_guest: false });

  /** Responds to the question for its versions. */
  versions: Reply = () => Response.json({ versions: ["v1.11", "v1.12"] });

  /** Gives each token its response to a ping, any other one Synapse's. */
  constructor(
    readonly replies: Record<string, Reply>,
    readonly id: string = "appservice-mxisd",
    port = 0,
  ) {
    this.#server = Deno.serve(
      { port, hostname: "127.0.0.1", onListen() {} },
      (request) => this.#respond(request),
    );
  }

  /** The client API's URL. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    assert.deepEqual(this.#violations, []);
  }

  async #respond(request: Request): Promise<Response> {
    try {
      if (request.url === `${this.url}/_matrix/client/versions`) {
        assert.equal(request.method, "GET");
        assert.equal(request.headers.get("authorization"), null);
        return await this.versions(request);
      }
      const [, token] = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
      if (request.url === `${this.url}/_matrix/client/v3/account/whoami`) {
        assert.equal(request.method, "GET");
        assert.ok(token);
        if (this.replies[token] === undefined) return refusal(401, "M_UNKNOWN_TOKEN");
        return await this.whoami(request);
      }
      const path = `/_matrix/client/v1/appservice/${encodeURIComponent(this.id)}/ping`;
      assert.equal(request.method, "POST");
      assert.equal(request.url, this.url + path);
      assert.equal(request.headers.get("content-type"), "application/json");
      assert.ok(token);
      const body = await request.json();
      assert.deepEqual(Object.keys(body), ["transaction_id"]);
      assert.match(body.transaction_id, /^[0-9a-f]{32}$/);
      this.tokens.push(token);
      this.transactions.push(body.transaction_id);
      return await this.replies[token]?.(request) ?? refusal(401, "M_UNKNOWN_TOKEN");
    } catch (violation) {
      this.#violations.push(violation);
      return new Response(null, { status: 500 });
    }
  }
}

/** An error of the specification. */
export function refusal(status: number, errcode: string, more: object = {}): Response {
  return Response.json({ errcode, error: "the homeserver's message", ...more }, { status });
}
