/**
 * Sends one request to a homeserver, within a time limit and a size limit.
 *
 * @module
 */

import { z } from "zod";
import { jsonOf, readResponseText } from "../net/http.ts";
import { timeLimit } from "../net/timeout.ts";
import type { Clock } from "../system/clock.ts";
import { type Unreachable, unreachable } from "./reachability.ts";

/** What came of one request. */
export type RequestResult =
  /** An HTTP response; `body` is its JSON object, `undefined` when it has none. */
  | {
    readonly kind: "response";
    readonly status: number;
    readonly body: ResponseBody | undefined;
    /** Where a redirect leads: scheme, host and port. */
    readonly redirect: string | undefined;
    /** The server's time, in milliseconds UTC and full seconds, if it says so. */
    readonly date: number | undefined;
  }
  /** No response in time. */
  | { readonly kind: "timeout" }
  /** The caller's signal ended it. */
  | { readonly kind: "aborted" }
  /** No response at all. */
  | Unreachable;

/** The fields of a body that this service reads. A field of the wrong type counts as absent. */
export interface ResponseBody {
  /** The error code: letters, digits, dots and underscores, so that it may be shown. */
  readonly errcode?: string | undefined;
  /** Of a ping: the HTTP status with which this service responded to the homeserver. */
  readonly status?: number | undefined;
  /** Of a ping: how long it took the homeserver, in milliseconds. */
  readonly duration_ms?: number | undefined;
  /** Of whoami: whose the token is. */
  readonly user_id?: string | undefined;
  /** Of versions: the versions of the specification. */
  readonly versions?: readonly string[] | undefined;
}

const responseBody: z.ZodType<ResponseBody> = z.object({
  errcode: z.string().regex(/^[A-Za-z0-9_.]{1,100}$/).optional().catch(undefined),
  status: z.int().min(100).max(999).optional().catch(undefined),
  duration_ms: z.number().nonnegative().optional().catch(undefined),
  user_id: z.string().optional().catch(undefined),
  versions: z.array(z.string()).optional().catch(undefined),
});

/** How requests are made. */
export interface RequestOptions {
  readonly fetch: typeof fetch;
  /** How long the whole response may take, in milliseconds. */
  readonly timeout: number;
  /** Measures the timeout. */
  readonly clock: Clock;
}

// The body of a ping's error repeats what this service responded, which is short.
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Sends one request. It follows no redirect, as the token in it is for this homeserver alone. It
 * never rejects.
 */
export async function sendRequest(
  { fetch, timeout, clock }: RequestOptions,
  url: string,
  init: RequestInit,
  signal?: AbortSignal,
): Promise<RequestResult> {
  using limit = timeLimit(clock, timeout);
  const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: either });
    const { text, complete } = await readResponseText(response, MAX_BODY_BYTES);
    const body = responseBody.safeParse(complete ? jsonOf(text) : undefined).data;
    const location = URL.parse(response.headers.get("location") ?? "", url)?.origin;
    const redirect = response.status >= 300 && response.status < 400 ? location : undefined;
    const date = Date.parse(response.headers.get("date") ?? "");
    return {
      kind: "response",
      status: response.status,
      body,
      redirect,
      date: Number.isNaN(date) ? undefined : date,
    };
  } catch (error) {
    if (signal?.aborted) return { kind: "aborted" };
    if (limit.signal.aborted) return { kind: "timeout" };
    return unreachable(url, error);
  }
}
