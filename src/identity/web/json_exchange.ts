/**
 * One question to a web service and its answer in JSON.
 *
 * @module
 */

import type { z } from "zod";
import { refuseAborted } from "../deadline.ts";
import { StoreError, type StoreErrorKind } from "../port.ts";

/** What a question is asked with. */
export interface Exchange {
  /** The store's name, for errors. */
  readonly store: string;
  /** How to ask. */
  readonly fetch: typeof fetch;
  /** Header fields of every request: who we are. */
  readonly headers: Headers;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Hears of each question, as {@linkcode LookupOptions.onQuery} does. */
  readonly onQuery?: ((query: string) => void) | undefined;
}

/** A question. */
export interface Question {
  /** The method of HTTP. */
  readonly method: "GET" | "POST" | "OPTIONS";
  /** The body: JSON, unless a header field says otherwise. */
  readonly body?: string;
  /** Header fields of this request alone. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Asks, and returns the status and, if that is 200, the answer, which must have the form that the
 * schema says. Other statuses are the caller's to understand: see {@linkcode refusal}.
 *
 * @throws {StoreError} Whenever there is no answer, or none of this form.
 */
export async function askForJson<Answer>(
  url: string,
  question: Question,
  form: z.ZodType<Answer>,
  exchange: Exchange,
): Promise<{ readonly status: 200; readonly answer: Answer } | { readonly status: number }> {
  const accept = { accept: "application/json", ...question.headers };
  const response = await send(url, { ...question, headers: accept }, exchange);
  if (response.status === 200) {
    const text = await readText(response, exchange);
    return { status: 200, answer: parseJson(text, form, exchange.store) };
  }
  await response.body?.cancel();
  return { status: response.status };
}

/**
 * Asks as {@linkcode askForJson} does, and reads as well what the service says when it refuses, where
 * that has the form of its refusals: whoever stands before the service has statuses, too.
 *
 * @throws {StoreError} Whenever there is no answer, or status 200 and none of this form.
 */
export async function askForJsonOrRefusal<Answer, Refusal>(
  url: string,
  question: Question,
  forms: { readonly answer: z.ZodType<Answer>; readonly refusal: z.ZodType<Refusal> },
  exchange: Exchange,
): Promise<
  { readonly status: 200; readonly answer: Answer } | {
    readonly status: number;
    readonly refusal: Refusal | undefined;
  }
> {
  const accept = { accept: "application/json", ...question.headers };
  const response = await send(url, { ...question, headers: accept }, exchange);
  const { status } = response;
  const text = await readText(response, exchange);
  if (status === 200) return { status, answer: parseJson(text, forms.answer, exchange.store) };
  return { status, refusal: forms.refusal.safeParse(jsonOf(text)).data };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Asks without a look at the answer, and returns its status.
 *
 * @throws {StoreError} Whenever there is no answer.
 */
export async function askForStatus(
  url: string,
  question: Question,
  exchange: Exchange,
): Promise<number> {
  const response = await send(url, question, exchange);
  await response.body?.cancel();
  return response.status;
}

/** The error that a status means, if it is none that was hoped for. */
export function refusal(status: number, store: string): StoreError {
  if (status >= 300 && status < 400) {
    const advice = "it redirects elsewhere, which is not followed: configure its final URL";
    return new StoreError(store, "misconfigured", `${advice} (status ${status})`);
  }
  const passes = status >= 500 || [408, 425, 429].includes(status);
  const kind: StoreErrorKind = passes ? "temporary" : "misconfigured";
  const denied = [401, 403, 407].includes(status) ? ", our credentials are not accepted" : "";
  return new StoreError(store, kind, `it answers with status ${status}${denied}`);
}

/**
 * The value of a JSON text that must have this form.
 *
 * @param what What the text is, for the error.
 * @throws {StoreError} `misconfigured`, without a word of the text.
 */
export function parseJson<Value>(
  text: string,
  form: z.ZodType<Value>,
  store: string,
  what = "answer",
): Value {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The cause is left out: it quotes the text.
    throw new StoreError(store, "misconfigured", `its ${what} is not JSON`);
  }
  const result = form.safeParse(json);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join(".") || `the ${what}`;
  throw new StoreError(store, "misconfigured", `its ${what} has the wrong form: ${where}`);
}

const MOST_REDIRECTS = 3;

// Only those redirects are followed that keep method and body (RFC 9110, section 15.4) and the
// origin: the question names a person, and the header fields may hold our credentials.
async function send(url: string, question: Question, exchange: Exchange): Promise<Response> {
  exchange.onQuery?.(`${question.method} ${url}`);
  const headers = new Headers(exchange.headers);
  for (const [name, value] of Object.entries(question.headers ?? {})) headers.set(name, value);
  const { method, body } = question;
  if (body !== undefined && !headers.has("content-type")) {
    headers.set("content-type", "application/json");
  }
  const request = { method, headers, ...(body === undefined ? {} : { body }) };
  let target = new URL(url);
  for (let redirects = 0;; redirects++) {
    const response = await tryFetch(target, request, exchange);
    const location = response.headers.get("location");
    const next = location === null ? null : URL.parse(location, target);
    const follow = [307, 308].includes(response.status) && next?.origin === target.origin;
    if (!follow || redirects === MOST_REDIRECTS) return response;
    await response.body?.cancel();
    target = next;
  }
}

async function tryFetch(url: URL, request: RequestInit, exchange: Exchange): Promise<Response> {
  const { store, signal } = exchange;
  try {
    return await exchange.fetch(url, { ...request, signal, redirect: "manual" });
  } catch (error) {
    refuseAborted(store, signal);
    // Deno 2.9 has the reason in the cause, Deno 2.6 in the error.
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const text = reason instanceof Error ? reason.message : String(reason);
    throw new StoreError(store, "temporary", `no connection (${text})`, { cause: error });
  }
}

const MOST_BYTES = 2 ** 20;

async function readText(response: Response, { store, signal }: Exchange): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      // Leaving the loop cancels the rest.
      if (bytes > MOST_BYTES) break;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (cause) {
    refuseAborted(store, signal);
    throw new StoreError(store, "temporary", "the connection broke off", { cause });
  }
  if (bytes <= MOST_BYTES) return text + decoder.decode();
  throw new StoreError(store, "misconfigured", "its answer is larger than 1 MiB");
}
