/**
 * Sends a request to a web service, and parses the JSON of its response.
 *
 * @module
 */

import type { z } from "zod";
import { jsonOf, readResponseText, type ResponseText } from "../../net/http.ts";
import { throwIfAborted } from "../deadline.ts";
import { parseJson } from "../parse_json.ts";
import { type LookupOptions, StoreError } from "../port.ts";
import { connectionError } from "./connection_error.ts";

/** What the requests of a lookup have in common. */
export interface LookupContext {
  /** The store's name, for errors. */
  readonly store: string;
  /** The key of the service's URL, for errors. */
  readonly urlKey: string;
  /** Decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  /** Header fields of every request, such as credentials. */
  readonly headers: Headers;
  readonly signal: AbortSignal;
  readonly onQuery?: LookupOptions["onQuery"];
}

/** A request. */
export interface JsonRequest {
  readonly method: "GET" | "POST" | "OPTIONS";
  /** JSON, unless a header field says otherwise. */
  readonly body?: string | undefined;
  /** Header fields of this request alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A response: the parsed body of status 200, or another status. */
export type JsonResponse<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly status: number };

/** A response whose status ends the lookup. */
export class StatusError extends StoreError {
  /**
   * Classifies the status by its number.
   *
   * @param advice What an administrator has to do, if known; the error is then `misconfigured`.
   */
  constructor(store: string, readonly status: number, advice?: string) {
    const transient = status >= 500 || [408, 425, 429].includes(status);
    const kind = advice === undefined && transient ? "temporary" : "misconfigured";
    super(store, kind, advice ? `${advice} (status ${status})` : describeStatus(status));
  }
}

function describeStatus(status: number): string {
  if (status >= 300 && status < 400) {
    const advice = "configure its final URL";
    return `it redirects elsewhere, which is not followed: ${advice} (status ${status})`;
  }
  const denied = [401, 403, 407].includes(status) ? ", our credentials are not accepted" : "";
  return `it answers with status ${status}${denied}`;
}

/** A response that is larger than any that is expected. */
export class TooLargeError extends StoreError {
  /** An administrator has to find out why. */
  constructor(store: string) {
    super(store, "misconfigured", "its answer is larger than 1 MiB");
  }
}

/**
 * Sends a request for JSON. The body of status 200 must have the given form; the body of any other
 * status is ignored.
 *
 * @throws {StoreError} If there is no response, or one of another form.
 */
export async function fetchJson<Value>(
  url: string,
  request: JsonRequest,
  form: z.ZodType<Value>,
  context: LookupContext,
): Promise<JsonResponse<Value>> {
  const response = await send(url, acceptingJson(request), context);
  if (response.status === 200) {
    const text = await readText(response, context);
    return { ok: true, value: parseJson(text, form, context.store, "answer", new URL(url).host) };
  }
  await response.body?.cancel();
  return { ok: false, status: response.status };
}

/**
 * Does the same as {@linkcode fetchJson}, and also parses the body of any other status if it has
 * the form of the service's errors. A proxy in front of the service has other errors.
 *
 * @throws {StoreError} If there is no response, or status 200 with another form.
 */
export async function fetchJsonOrError<Value, Problem>(
  url: string,
  request: JsonRequest,
  forms: { readonly value: z.ZodType<Value>; readonly error: z.ZodType<Problem> },
  context: LookupContext,
): Promise<
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly status: number; readonly error: Problem | undefined }
> {
  const response = await send(url, acceptingJson(request), context);
  const { status } = response;
  const text = await readText(response, context);
  if (status === 200) {
    return {
      ok: true,
      value: parseJson(text, forms.value, context.store, "answer", new URL(url).host),
    };
  }
  return { ok: false, status, error: forms.error.safeParse(jsonOf(text)).data };
}

function acceptingJson(request: JsonRequest): JsonRequest {
  return { ...request, headers: { accept: "application/json", ...request.headers } };
}

/**
 * Sends a request, and returns the status of the response, whose body is ignored.
 *
 * @throws {StoreError} If there is no response.
 */
export async function fetchStatus(
  url: string,
  request: JsonRequest,
  context: LookupContext,
): Promise<number> {
  const response = await send(url, request, context);
  await response.body?.cancel();
  return response.status;
}

const MAX_REDIRECTS = 3;

// Follows only redirects that keep method and body (RFC 9110, section 15.4) and the origin: the
// request names a person, and its header fields may contain credentials.
async function send(url: string, request: JsonRequest, context: LookupContext): Promise<Response> {
  const { method, body } = request;
  context.onQuery?.(`${method} ${url}`);
  const headers = new Headers(context.headers);
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
  if (body !== undefined && !headers.has("content-type")) {
    headers.set("content-type", "application/json");
  }
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  let target = new URL(url);
  for (let redirects = 0;; redirects++) {
    const response = await tryFetch(target, init, context);
    const location = response.headers.get("location");
    const next = location === null ? null : URL.parse(location, target);
    const follow = [307, 308].includes(response.status) && next?.origin === target.origin;
    if (!follow || redirects === MAX_REDIRECTS) return response;
    await response.body?.cancel();
    target = next;
  }
}

async function tryFetch(url: URL, init: RequestInit, context: LookupContext): Promise<Response> {
  const { store, signal } = context;
  try {
    return await context.fetch(url, { ...init, signal, redirect: "manual" });
  } catch (error) {
    throwIfAborted(store, signal);
    throw connectionError(store, context.urlKey, error);
  }
}

const MAX_BYTES = 2 ** 20;

async function readText(response: Response, { store, signal }: LookupContext): Promise<string> {
  let body: ResponseText;
  try {
    body = await readResponseText(response, MAX_BYTES);
  } catch (cause) {
    throwIfAborted(store, signal);
    throw new StoreError(store, "temporary", "the connection broke off", { cause });
  }
  if (body.complete) return body.text;
  throw new TooLargeError(store);
}
