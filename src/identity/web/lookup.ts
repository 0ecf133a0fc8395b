/**
 * Runs lookups at a web service, each under its deadline.
 *
 * @module
 */

import type { Clock } from "../../system/clock.ts";
import { withDeadline } from "../deadline.ts";
import type { LookupOptions } from "../port.ts";
import type { LookupContext } from "./json_request.ts";
import type { AccessTokens } from "./tokens.ts";

/** What a store behind a web service needs from outside. */
export interface WebDependencies {
  /** Decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

/** Runs the requests of a lookup. */
export type WebLookup = <Result>(
  options: LookupOptions,
  work: (context: LookupContext) => Promise<Result>,
) => Promise<Result>;

/**
 * Nobody is expected to have this name: a check looks it up to see whether the service answers
 * queries.
 */
export const CHECK_NAME = "appservice-mxisd-check";

/**
 * Opens a service for lookups.
 *
 * @param deadline How long a lookup may take with all its requests, in milliseconds.
 * @param headers Header fields of every request, such as credentials.
 * @param urlKey The key of the service's URL, for errors.
 */
export function openLookup(
  store: string,
  deadline: number,
  { fetch, clock }: WebDependencies,
  headers: Headers = new Headers(),
  urlKey = `${store}.url`,
): WebLookup {
  return ({ signal, onQuery }, work) =>
    withDeadline(store, { clock, deadline, signal }, (ended) => {
      return work({ store, urlKey, fetch, headers, signal: ended, onQuery });
    });
}

/** Adds an access token to the requests of each lookup. */
export function withTokens(lookup: WebLookup, tokens: AccessTokens): WebLookup {
  return (options, work) => lookup(options, (context) => tokens.use(context, work));
}
