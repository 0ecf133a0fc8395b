/**
 * Serves the requests of one connection, one after the other.
 *
 * @module
 */

import { MINUTE, SECOND } from "../../settings/duration.ts";
import { parseHead, type RequestHead } from "./head.ts";
import { Input } from "./input.ts";
import { bodyStream, RequestBody } from "./request_body.ts";
import { CONTINUE, responseBytes } from "./response_bytes.ts";

/** A request handler. */
export type RequestHandler = (request: Request) => Response | Promise<Response>;

/** What a connection needs of its server. */
export interface ConnectionOptions {
  readonly handler: RequestHandler;
  /** Called when a request is refused before the handler sees it. */
  readonly onRefusal: (reason: string, method: string) => void;
  /** Called when a response was sent and the connection is kept. */
  readonly onKept: (connection: Connection) => void;
  /** Resolves when it is the turn of the first request of a connection, until the result is disposed of. */
  readonly firstTurn: () => Promise<Disposable>;
  /** Milliseconds by a steady clock. */
  readonly monotonic: () => number;
  /** The time for the Date field, in milliseconds UTC. */
  readonly now: () => number;
}

/** How long a connection may be idle: longer than homeservers and proxies keep theirs. */
export const MAX_IDLE_MS: number = 3 * MINUTE;

/** How long a request's head may take, also the first one of a connection. */
export const MAX_HEAD_MS: number = 10 * SECOND;

// The homeserver's next request may be on its way.
const MIN_IDLE_MS = SECOND;

/** How long the next bytes of a body may take, or the client to take a response. */
export const MAX_STALL_MS: number = MINUTE;

/** A connection. */
export class Connection {
  readonly #connection: Deno.Conn;
  readonly #options: ConnectionOptions;
  readonly #input: Input;
  // What the client has to do by then; infinite while it is our turn.
  #deadline: number;
  #state: "reading head" | "handling" | "responding" = "reading head";
  #isNew = true;
  #usedAt: number;
  #isLast = false;
  #closed = false;

  constructor(connection: Deno.Conn, options: ConnectionOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#input = new Input(connection);
    this.#usedAt = options.monotonic();
    this.#deadline = this.#usedAt + MAX_HEAD_MS;
  }

  /**
   * Whether it waits for its client, so that it can be closed without the loss of a request; one that
   * was used a moment ago does not count.
   */
  mayMakeRoom(now: number): boolean {
    return this.#state !== "handling" && (this.#isNew || now - this.#usedAt >= MIN_IDLE_MS);
  }

  /** Whether it has had no request after which it was kept. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Whether the client has taken longer than it may. */
  isLate(now: number): boolean {
    return now > this.#deadline;
  }

  /** Serves requests until the connection is closed. Never rejects. */
  async serve(): Promise<void> {
    try {
      while (!this.#closed && await this.#serveNext());
    } catch {
      // The client went away, or the connection was closed here.
    } finally {
      this.close();
    }
  }

  /** Closes it as soon as no request is in progress. */
  finish(): void {
    this.#isLast = true;
    if (this.#state === "reading head") this.close();
  }

  /** Closes it at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  async #serveNext(): Promise<boolean> {
    const text = await this.#input.readHead(() => this.#allow(MAX_HEAD_MS));
    if (text === undefined) return false;
    this.#state = "handling";
    this.#deadline = Infinity;
    // Those of a connection that was used before do not wait behind strangers' thousands.
    using _turn = this.#isNew ? await this.#options.firstTurn() : undefined;
    if (this.#closed) return false;
    const head = text === "too large"
      ? { status: 431, reason: "head too large" } as const
      : parseHead(text);
    if ("status" in head) {
      this.#options.onRefusal(head.reason, "");
      await this.#respond(new Response(null, { status: head.status }), "", true);
      return false;
    }
    const body = new RequestBody(this.#input, head.framing);
    const response = await this.#options.handler(this.#request(head, body));
    // What nobody wanted must not be taken for the next request.
    if (!body.complete) body.takeArrived();
    const close = this.#isLast || !head.keepAlive || !body.complete;
    await this.#respond(response, head.method, close);
    if (close) return false;
    this.#isNew = false;
    this.#state = "reading head";
    this.#usedAt = this.#options.monotonic();
    this.#allow(MAX_IDLE_MS);
    this.#options.onKept(this);
    // It may have been asked to finish meanwhile.
    return !this.#isLast;
  }

  #request({ method, url, headers, expectsContinue }: RequestHead, body: RequestBody): Request {
    // The Fetch standard has no bodies of these.
    if (body.complete || ["GET", "HEAD"].includes(method.toUpperCase())) {
      return new Request(url, { method, headers });
    }
    const arrived = body.takeArrived();
    if (arrived) return new Request(url, { method, headers, body: arrived });
    let mustContinue = expectsContinue;
    const stream = bodyStream(async () => {
      this.#allow(MAX_STALL_MS);
      try {
        if (mustContinue) await this.#write(CONTINUE);
        mustContinue = false;
        return await body.next();
      } finally {
        this.#deadline = Infinity;
      }
    });
    return new Request(url, { method, headers, body: stream });
  }

  async #respond(response: Response, method: string, close: boolean): Promise<void> {
    const withoutBody = method.toUpperCase() === "HEAD";
    const format = { close, withoutBody, now: this.#options.now() };
    const bytes = await responseBytes(response, format);
    this.#state = "responding";
    this.#usedAt = this.#options.monotonic();
    this.#allow(MAX_STALL_MS);
    await this.#write(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
  }

  #allow(milliseconds: number): void {
    this.#deadline = this.#options.monotonic() + milliseconds;
  }
}
