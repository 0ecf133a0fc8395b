/**
 * Lookups at a service that wants a token.
 *
 * @module
 */

import type { Clock } from "../../system/clock.ts";
import { withDeadline } from "../deadline.ts";
import type { LookupOptions } from "../port.ts";
import type { ClientTokens } from "./client_credentials.ts";
import type { Exchange } from "./json_exchange.ts";

/** Who asks, how, and for how long. */
export interface AuthorizedLookupOptions {
  /** The store's name. */
  readonly store: string;
  /** How to ask; it decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  /** The time. */
  readonly clock: Clock;
  /** How long a lookup may take, its tokens included, in milliseconds. */
  readonly deadline: number;
}

/** Does the work of a lookup with a token, within its time: see `ClientTokens.use`. */
export type AuthorizedLookup = <Result>(
  options: LookupOptions,
  work: (exchange: Exchange) => Promise<Result | "refused">,
) => Promise<Result>;

/** Lookups with the tokens of a client. */
export function openAuthorizedLookup(
  { store, fetch, clock, deadline }: AuthorizedLookupOptions,
  tokens: ClientTokens,
): AuthorizedLookup {
  return ({ signal, onQuery }, work) =>
    withDeadline(store, { clock, deadline, signal }, (ended) => {
      const exchange = { store, fetch, headers: new Headers(), signal: ended, onQuery };
      return tokens.use(exchange, work);
    });
}
