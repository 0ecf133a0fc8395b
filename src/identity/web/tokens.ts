/**
 * Access tokens of OAuth 2.0 (RFC 6749): requested when they are needed, kept until they expire,
 * and replaced when they are rejected.
 *
 * @module
 */

import { z } from "zod";
import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { SingleFlight } from "../single_flight.ts";
import { fetchJson, type LookupContext, StatusError } from "./json_request.ts";

/** The access tokens for one service. */
export interface AccessTokens {
  /**
   * Runs the work with a token, and once more with a new one if the service rejects the first one
   * (status 401).
   */
  use<Result>(
    context: LookupContext,
    work: (context: LookupContext) => Promise<Result>,
  ): Promise<Result>;
}

// The response of a token endpoint (section 5.1).
const tokenResponse = z.object({
  access_token: z.string().regex(/^[\x21-\x7E]+$/),
  token_type: z.string().regex(/^bearer$/i),
  // Seconds.
  expires_in: z.number().optional(),
});

/** The response of a token endpoint. */
export type TokenResponse = z.output<typeof tokenResponse>;

// A token must not expire on its way.
const MARGIN_MS = 10 * SECOND;
const DEFAULT_LIFETIME_SECONDS = 60;

/** Opens the tokens that `request` returns. Concurrent lookups share one token, and one request. */
export function openTokens(
  request: (context: LookupContext) => Promise<TokenResponse>,
  clock: Clock,
): AccessTokens {
  let kept: { readonly authorization: string; readonly until: number } | undefined;
  let flight: SingleFlight<string> | undefined;

  async function authorize(context: LookupContext): Promise<string> {
    if (kept && clock.now() < kept.until) return kept.authorization;
    flight ??= new SingleFlight(context.store);
    return await flight.run("token", context.signal, async (signal) => {
      const now = clock.now();
      const { access_token, expires_in = DEFAULT_LIFETIME_SECONDS } = await request({
        ...context,
        signal,
      });
      const authorization = `Bearer ${access_token}`;
      kept = { authorization, until: now + expires_in * SECOND - MARGIN_MS };
      return authorization;
    });
  }

  return {
    async use(context, work) {
      for (let repeated = false;; repeated = true) {
        const authorization = await authorize(context);
        const headers = new Headers(context.headers);
        headers.set("authorization", authorization);
        try {
          return await work({ ...context, headers });
        } catch (error) {
          if (!(error instanceof StatusError && error.status === 401)) throw error;
          // The service may have lost its tokens, for example in a restart.
          if (kept?.authorization === authorization) kept = undefined;
          if (repeated) throw error;
        }
      }
    },
  };
}

/** A request to a token endpoint. */
export interface TokenRequest {
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What an administrator has to do about a status. */
  readonly advice: ReadonlyMap<number, string>;
}

/**
 * Requests a token.
 *
 * @throws {StoreError} If the endpoint does not issue one.
 */
export async function requestToken(
  { url, parameters, headers, advice }: TokenRequest,
  context: LookupContext,
): Promise<TokenResponse> {
  const request = {
    method: "POST",
    body: new URLSearchParams(parameters).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  } as const;
  const response = await fetchJson(url, request, tokenResponse, context);
  if (response.ok) return response.value;
  throw new StatusError(context.store, response.status, advice.get(response.status));
}
