/**
 * What a homeserver answers to one request, read with a deadline and a limit.
 *
 * @module
 */

import { z } from "zod";
import type { Clock } from "../system/clock.ts";
import { diagnose, type Unreachable } from "./reachability.ts";

/** What came of one request. */
export type Answer =
  /** An HTTP response; `body` is its JSON object, `undefined` when it has none. */
  | {
    readonly kind: "answered";
    readonly status: number;
    readonly body: ErrorBody | undefined;
    /** Where a redirect leads: scheme, host and port. */
    readonly redirect?: string | undefined;
  }
  /** No response in time. */
  | { readonly kind: "late" }
  /** The caller's signal ended it. */
  | { readonly kind: "aborted" }
  /** No response at all. */
  | Unreachable;

/** The parts of a body that say anything to us. What is not of its type counts as absent. */
export interface ErrorBody {
  /** What went wrong: letters, digits, dots and underscores, so that it may be shown. */
  readonly errcode?: string | undefined;
  /** Of a ping: the HTTP status by which this service answered the homeserver. */
  readonly status?: number | undefined;
  /** Of a ping: how long it took the homeserver, in milliseconds. */
  readonly duration_ms?: number | undefined;
}

const errorBody: z.ZodType<ErrorBody> = z.object({
  errcode: z.string().regex(/^[A-Za-z0-9_.]{1,100}$/).optional().catch(undefined),
  status: z.int().min(100).max(999).optional().catch(undefined),
  duration_ms: z.number().nonnegative().optional().catch(undefined),
});

/** How requests are made. */
export interface Requester {
  /** Makes the request. */
  readonly fetch: typeof fetch;
  /** How long the whole of an answer may take, in milliseconds. */
  readonly timeout: number;
  /** Measures the timeout. */
  readonly clock: Clock;
}

// An error's body repeats what the service answered, which is short.
const LONGEST_BODY = 64 * 1024;

/**
 * Makes one request, following no redirect, as the token in it belongs to nobody else. It never
 * rejects.
 */
export async function ask(
  { fetch, timeout, clock }: Requester,
  url: string,
  init: RequestInit,
  signal?: AbortSignal,
): Promise<Answer> {
  const done = new AbortController();
  const late = new AbortController();
  clock.sleep(timeout, done.signal).then(() => late.abort());
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: either });
    const body = errorBody.safeParse(parseJson(await readText(response))).data;
    const location = URL.parse(response.headers.get("location") ?? "", url)?.origin;
    const redirect = response.status >= 300 && response.status < 400 ? location : undefined;
    return { kind: "answered", status: response.status, body, redirect };
  } catch (error) {
    if (signal?.aborted) return { kind: "aborted" };
    if (late.signal.aborted) return { kind: "late" };
    const unreachable = await diagnose(url, error, either);
    return late.signal.aborted ? { kind: "late" } : unreachable;
  } finally {
    done.abort();
  }
}

// The text of a body, or nothing when it is too long.
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_BODY) return ""; // Leaving the loop cancels the rest.
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: what that means is for the caller to say.
  }
}
