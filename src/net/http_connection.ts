/**
 * A connection to a web server, over which requests are sent one after the other.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { ByteReader } from "./byte_reader.ts";
import type { Endpoint } from "./endpoint.ts";
import { HttpError } from "./http_error.ts";
import { MalformedResponse, readBody, readHead, type ResponseHead } from "./http_response.ts";

/** A request whose body is complete. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The connection. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  readonly #reader: ByteReader;

  /** Takes a socket that nobody else reads. */
  constructor(socket: Socket, endpoint: Endpoint) {
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#reader = new ByteReader(socket);
  }

  /** Whether another request can be sent: the server has neither closed it nor sent anything. */
  get isUsable(): boolean {
    return !this.#socket.destroyed && !this.#reader.hasEnded && this.#reader.isEmpty;
  }

  /** Whether anything of the current response has arrived. */
  get hasResponse(): boolean {
    return this.#reader.hasReceived;
  }

  /** Whether an idle connection keeps the program running. */
  keepAlive(isNeeded: boolean): void {
    if (isNeeded) this.#socket.ref();
    else this.#socket.unref();
  }

  /**
   * Sends a request and reads the beginning of the response.
   *
   * @throws {HttpError} If there is no valid one.
   */
  async request({ method, url, headers, body }: HttpRequest): Promise<ResponseHead> {
    this.#reader.hasReceived = false;
    const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`];
    for (const [name, value] of headers) lines.push(`${name}: ${value}`);
    if (body) lines.push(`content-length: ${body.length}`);
    // Header values are Latin-1. Everything is sent at once, in as few packets as possible.
    const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
    this.#socket.write(Buffer.concat(body ? [head, body] : [head]));
    try {
      const first = await this.#reader.peek();
      if (first === undefined) throw new HttpError(this.#endpoint, "closed");
      if (first !== "H".charCodeAt(0)) {
        throw new HttpError(this.#endpoint, isTlsRecord(first) ? "speaks_tls" : "no_http");
      }
      return await readHead(this.#reader);
    } catch (error) {
      throw this.#classify(error);
    }
  }

  /**
   * The body of the response.
   *
   * @param onEnd Called once: whether the body was read to its end.
   */
  body(head: ResponseHead, onEnd: (isComplete: boolean) => void): ReadableStream | null {
    if (head.framing === "none") {
      onEnd(true);
      return null;
    }
    const pieces = readBody(this.#reader, head.framing);
    const classify = (error: unknown) => this.#classify(error);
    let hasEnded = false;
    function end(isComplete: boolean): void {
      if (!hasEnded) onEnd(isComplete);
      hasEnded = true;
    }
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { value, done } = await pieces.next();
          if (!done) return controller.enqueue(value);
          end(true);
          controller.close();
        } catch (error) {
          end(false);
          controller.error(classify(error));
        }
      },
      cancel: () => end(false),
    });
  }

  /** Closes it. */
  close(): void {
    this.#socket.destroy();
  }

  #classify(error: unknown): unknown {
    if (error instanceof HttpError) return error;
    const fault = error instanceof MalformedResponse ? "malformed" : "closed";
    return new HttpError(this.#endpoint, fault, error);
  }
}

// The first byte of an alert or a handshake (RFC 8446, section 5.1).
function isTlsRecord(byte: number): boolean {
  return byte === 0x15 || byte === 0x16;
}
