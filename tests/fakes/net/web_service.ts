/**
 * A web service on the loopback interface that is strict about every request.
 *
 * @module
 */

import assert from "node:assert/strict";
import { listenAgain, listenOnFreePort } from "../../process/free_port.ts";

/** A parsed request. */
export interface WebRequest {
  readonly line: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Headers;
  readonly body: string;
}

/** Responds to a request; an error that it throws makes the test fail. */
export type WebHandler = (request: WebRequest) => Response | Promise<Response>;

/** The service. */
export class WebService implements AsyncDisposable {
  /** The methods and paths of the requests, in order. */
  readonly lines: string[] = [];
  /** Responses that replace the usual ones. */
  scripted: WebHandler | undefined;
  readonly #handler: WebHandler;
  readonly #faults: unknown[] = [];
  readonly #end = Promise.withResolvers<Response>();
  /** Resolves when the service ends: the response to requests that are never answered. */
  protected readonly ended: Promise<Response> = this.#end.promise;
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  readonly #port: number;

  /** Listens on a port of its own. */
  constructor(handler: WebHandler) {
    this.#handler = handler;
    this.#server = listenOnFreePort((port) => this.#listen(port));
    this.#port = this.#server.addr.port;
  }

  /** The URL, which stays the same after `down`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens again. */
  up(): void {
    this.#server = listenAgain(() => this.#listen(this.#port));
  }

  /** Stops to listen. */
  async down(): Promise<void> {
    await this.#server?.shutdown();
    this.#server = undefined;
  }

  /** Accepts requests without responding; `reached` resolves at the first one. */
  stall(): { readonly reached: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.scripted = () => {
      resolve();
      return this.ended;
    };
    return { reached: promise };
  }

  /** Ends the service and its open requests. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.resolve(new Response(null, { status: 503 }));
    await this.down();
    assert.deepEqual(this.#faults, []);
  }

  #listen(port: number): Deno.HttpServer<Deno.NetAddr> {
    const options = { hostname: "127.0.0.1", port, onListen() {} };
    return Deno.serve(options, (request) => this.#answer(request));
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
      // The client only sees a status.
      this.#faults.push(error);
      return new Response(null, { status: 500 });
    }
  }
}
