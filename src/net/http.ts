/**
 * Reads what `fetch` returns or throws.
 *
 * @module
 */

import { EndpointError } from "./socket_error.ts";

/** The text of a response. */
export interface ResponseText {
  /** The body, or its beginning. */
  readonly text: string;
  /** Whether the text is the whole body. */
  readonly complete: boolean;
}

/** Reads a body as UTF-8, up to so many bytes; the rest is cancelled. */
export async function readResponseText(
  response: Response,
  maxBytes: number,
): Promise<ResponseText> {
  const decoder = new TextDecoder();
  let text = "";
  let left = maxBytes;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    left -= chunk.length;
    if (left < 0) return { text, complete: false };
  }
  return { text: text + decoder.decode(), complete: true };
}

/** The value of a JSON text; `undefined` when it is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Why `fetch` failed: Deno 2.9 has the reason in the error's cause, Deno 2.6 in the error itself, and
 * our own client has it in errors that name host and port.
 */
export function fetchErrorReason(error: unknown): string {
  const isOwn = error instanceof EndpointError;
  const reason = !isOwn && error instanceof Error && error.cause instanceof Error
    ? error.cause
    : error;
  return reason instanceof Error ? reason.message : String(reason);
}
