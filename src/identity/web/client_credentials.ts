/**
 * Tokens for a service that knows us as a client (OAuth 2.0, RFC 6749, section 4.4).
 *
 * @module
 */

import { z } from "zod";
import { SECOND } from "../../settings/duration.ts";
import type { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import { StoreError } from "../port.ts";
import { SingleFlight } from "../single_flight.ts";
import { basicAuthorization } from "./credentials.ts";
import { askForJson, type Exchange, refusal } from "./json_exchange.ts";

/** A client, and who gives tokens to it. */
export interface Client {
  /** The token endpoint. */
  readonly tokenUrl: string;
  /** The client's ID. */
  readonly id: string;
  /** Its secret. */
  readonly secret: Secret;
  /** What it wants to be allowed, where the service asks for that. */
  readonly scope?: string;
}

/** Tokens that are asked for when they are needed. */
export interface ClientTokens {
  /** Does some work with a token; once more with a new one when the work says `refused`. */
  use<Result>(
    exchange: Exchange,
    work: (exchange: Exchange) => Promise<Result | "refused">,
  ): Promise<Result>;
}

/** The answer of a token endpoint (RFC 6749, section 5.1). */
export const tokenAnswer = z.object({
  access_token: z.string().regex(/^[\x21-\x7E]+$/),
  token_type: z.string().regex(/^bearer$/i),
  // Seconds.
  expires_in: z.number().optional(),
});

// A token that is about to expire would do so on its way.
const MARGIN = 10 * SECOND;
const USUAL_LIFE = 60; // seconds, where the service does not say

/** The tokens of a client. */
export function openClientTokens(client: Client, clock: Clock): ClientTokens {
  return openTokens((exchange) => askForToken(client, exchange), clock);
}

/**
 * The tokens that a question brings. One is kept until shortly before it expires; who asks meanwhile
 * waits for the same one.
 */
export function openTokens(
  ask: (exchange: Exchange) => Promise<z.output<typeof tokenAnswer>>,
  clock: Clock,
): ClientTokens {
  let kept: { readonly authorization: string; readonly until: number } | undefined;
  let asking: SingleFlight<string> | undefined;

  async function authorize(exchange: Exchange): Promise<string> {
    if (kept && clock.now() < kept.until) return kept.authorization;
    asking ??= new SingleFlight(exchange.store);
    return await asking.run("token", exchange.signal, async (signal) => {
      const now = clock.now();
      const { access_token, expires_in = USUAL_LIFE } = await ask({ ...exchange, signal });
      const authorization = `Bearer ${access_token}`;
      kept = { authorization, until: now + expires_in * SECOND - MARGIN };
      return authorization;
    });
  }

  return {
    async use(exchange, work) {
      for (let again = false;; again = true) {
        const authorization = await authorize(exchange);
        const headers = new Headers(exchange.headers);
        headers.set("authorization", authorization);
        const result = await work({ ...exchange, headers });
        if (result !== "refused") return result;
        // The service may have forgotten its tokens, as it does when it starts anew.
        if (kept?.authorization === authorization) kept = undefined;
        if (again) throw refusal(401, exchange.store);
      }
    },
  };
}

async function askForToken(
  { tokenUrl, id, secret, scope }: Client,
  exchange: Exchange,
): Promise<z.output<typeof tokenAnswer>> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    ...(scope === undefined ? {} : { scope }),
  });
  const encode = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
  const question = {
    method: "POST",
    body: body.toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      // Both are encoded as in a form first (section 2.3.1).
      authorization: basicAuthorization(encode(id), encode(secret.reveal())),
    },
  } as const;
  const result = await askForJson(tokenUrl, question, tokenAnswer, exchange);
  if ("answer" in result) return result.answer;
  const { status } = result;
  if (status === 400 || status === 401) {
    const reason = `it gives us no token: are client ID and secret right? (status ${status})`;
    throw new StoreError(exchange.store, "misconfigured", reason);
  }
  if (status === 403) {
    const reason = "it gives us no token: does it want HTTPS, or is it switched off? (status 403)";
    throw new StoreError(exchange.store, "misconfigured", reason);
  }
  throw refusal(status, exchange.store);
}
