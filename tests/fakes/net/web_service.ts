/**
 * A web service on the loopback interface that is strict about every request.
 *
 * @module
 */

import assert from "node:assert/strict";

/** A request, with what tests look at taken apart. */
export interface WebRequest {
  /** Method and path. */
  readonly line: string;
  /** The query's parameters. */
  readonly query: Readonly<Record<string, string>>;
  /** The header fields. */
  readonly headers: Headers;
  /** The body. */
  readonly body: string;
}

/** Answers a request; what is thrown is a fault that the test fails with. */
export type WebHandler = (request: WebRequest) => Response | Promise<Response>;

/** The service. */
export class WebService implements AsyncDisposable {
  /** The requests' methods and paths in the order in which they came. */
  readonly lines: string[] = [];
  /** Answers in the place of the usual ones. */
  scripted: WebHandler | undefined;
  readonly #handler: WebHandler;
  readonly #faults: unknown[] = [];
  readonly #end = Promise.withResolvers<Response>();
  /** Comes when the service ends: the answer to whatever is never answered. */
  protected readonly ended: Promise<Response> = this.#end.promise;
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #port = 0;

  /** Listens on a port of its own. */
  constructor(handler: WebHandler) {
    this.#handler = handler;
    this.up();
  }

  /** The service's URL, the same after it was down. */
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
    this.scripted = () => {
      resolve();
      return this.ended;
    };
    return { reached: promise };
  }

  /** Ends the service, and what it has not answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.resolve(new Response(null, { status: 503 }));
    await this.down();
    assert.deepEqual(this.#faults, []);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const line = `${request.method} ${url.pathname}`;
    this.lines.push(line);
    const names = [...url.searchParams.keys()];
    try {
      assert.equal(new Set(names).size, names.length, "no parameter stands there twice");
      const body = await request.text();
      const query = Object.fromEntries(url.searchParams);
      const taken = { line, query, headers: request.headers, body };
      return await (this.scripted ?? this.#handler)(taken);
    } catch (error) {
      // To the other side it is only a status.
      this.#faults.push(error);
      return new Response(null, { status: 500 });
    }
  }
}
