/**
 * One question to a REST endpoint and its answer, as mxisd's REST identity store had them.
 *
 * @module
 */

import { z } from "zod";
import { refuseAborted } from "./deadline.ts";
import { StoreError, type StoreErrorKind } from "./port.ts";

/** What an endpoint tells of a person; the three endpoints share one form. */
export type RestProfile = NonNullable<z.output<typeof answerBody>["profile"]>;

const threepid = z.object({ medium: z.string(), address: z.string() });
const answerBody = z.object({
  profile: z.object({
    display_name: z.string().nullish(),
    threepids: z.array(threepid).nullish(),
    roles: z.array(z.string()).nullish(),
    language: z.string().nullish(),
  }).nullish(),
});

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
}

/**
 * Posts a question and reads the answer; `undefined` when the endpoint answers 404: no such user.
 *
 * @throws {StoreError} Whenever there is no answer, or none of this form.
 */
export async function postQuestion(
  url: string,
  question: unknown,
  exchange: Exchange,
): Promise<RestProfile | undefined> {
  const headers = new Headers(exchange.headers);
  headers.set("content-type", "application/json");
  headers.set("accept", "application/json");
  const request = { method: "POST", headers, body: JSON.stringify(question) };
  const response = await send(url, request, exchange);
  if (response.status === 200) return parseAnswer(await readText(response, exchange), exchange);
  await response.body?.cancel();
  if (response.status === 404) return undefined;
  throw refusal(response, exchange);
}

/**
 * Whether an endpoint is there and lets us in, without asking it for anybody: OPTIONS changes
 * nothing, and whoever does not know it still answers.
 *
 * @throws {StoreError} When it is not, or does not.
 */
export async function probe(url: string, exchange: Exchange): Promise<void> {
  const response = await send(url, { method: "OPTIONS", headers: exchange.headers }, exchange);
  await response.body?.cancel();
  const { status } = response;
  const known = status < 300 || [400, 404, 405, 415, 422, 501].includes(status);
  if (!known) throw refusal(response, exchange);
}

const MOST_REDIRECTS = 3;

// Only those redirects are followed that keep method and body (RFC 9110, section 15.4) and the
// origin: the question names a person, and the header fields may hold our credentials.
async function send(url: string, request: RequestInit, exchange: Exchange): Promise<Response> {
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

function refusal(response: Response, { store }: Exchange): StoreError {
  const { status } = response;
  if (status >= 300 && status < 400) {
    const advice = "it redirects elsewhere, which is not followed: configure its final URL";
    return new StoreError(store, "misconfigured", `${advice} (status ${status})`);
  }
  const passes = status >= 500 || [408, 425, 429].includes(status);
  const kind: StoreErrorKind = passes ? "temporary" : "misconfigured";
  const denied = [401, 403, 407].includes(status) ? ", our credentials are not accepted" : "";
  return new StoreError(store, kind, `it answers with status ${status}${denied}`);
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

function parseAnswer(text: string, { store }: Exchange): RestProfile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The cause is left out: it quotes the answer.
    throw new StoreError(store, "misconfigured", "its answer is not JSON");
  }
  const answer = answerBody.safeParse(json);
  if (answer.success) return answer.data.profile ?? {};
  const issue = answer.error.issues[0];
  const where = issue?.path.join(".") || "the answer";
  throw new StoreError(store, "misconfigured", `its answer has the wrong form: ${where}`);
}
