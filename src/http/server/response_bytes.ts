/**
 * Writes responses as HTTP/1.1.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** How a response is written. */
export interface ResponseFormat {
  /** Whether the connection is closed afterwards. */
  readonly close: boolean;
  /** Whether it is the response to HEAD, which has no body. */
  readonly withoutBody: boolean;
  /** The time, in milliseconds UTC. */
  readonly now: number;
}

/** What a client that waits for it needs before it sends a body. */
export const CONTINUE: Uint8Array = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");

// RFC 9110, section 15: only for people, but some clients expect a phrase.
const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  303: "See Other",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** The bytes of a response, with its length and date. */
export async function responseBytes(
  response: Response,
  { close, withoutBody, now }: ResponseFormat,
): Promise<Uint8Array> {
  const body = new Uint8Array(await response.arrayBuffer());
  const { status } = response;
  let head = `HTTP/1.1 ${status} ${PHRASES[status] ?? ""}\r\n`;
  for (const [name, value] of response.headers) {
    if (!["content-length", "connection", "date"].includes(name)) head += `${name}: ${value}\r\n`;
  }
  head += `date: ${new Date(now).toUTCString()}\r\n`;
  if (![204, 304].includes(status)) head += `content-length: ${body.length}\r\n`;
  if (close) head += "connection: close\r\n";
  const bytes = Buffer.from(`${head}\r\n`, "latin1");
  return withoutBody || body.length === 0 ? bytes : Buffer.concat([bytes, body]);
}
