/**
 * Authenticates the homeserver by its token (application service API, "Authorization").
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import type { Secret } from "../settings/secret.ts";

/** The result of checking a request's tokens; `previous`: accepted, by the token before. */
export type Authentication = "accepted" | "previous" | "missing" | "refused";

/**
 * Returns the check of a request's tokens. The token comes in the Authorization header, in the query
 * (which older homeservers use), or in both: then both must be right, and the same one.
 *
 * @param previous The token before, which is accepted while it is being replaced.
 */
export function tokenCheck(
  token: Secret,
  previous?: Secret,
): (request: Request) => Authentication {
  const matches = matcher(token);
  const matchesPrevious = previous && matcher(previous);

  return (request) => {
    const header = request.headers.get("authorization");
    const query = queryTokens(request.url);
    if (header === null && query.length === 0) return "missing";
    const bearer = header === null ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1] ?? "";
    const all = bearer === undefined ? query : [[bearer], ...query];
    const isAccepted = (matches: (given: string) => boolean) =>
      all.every((values) => values.some(matches));
    if (isAccepted(matches)) return "accepted";
    return matchesPrevious && isAccepted(matchesPrevious) ? "previous" : "refused";
  };
}

// Compares in constant time with tokens of the expected length.
function matcher(token: Secret): (given: string) => boolean {
  const expected = Buffer.from(token.reveal());
  return (given) => {
    const bytes = Buffer.from(given);
    // With an empty token, anyone would be accepted.
    return bytes.length > 0 && bytes.length === expected.length &&
      timingSafeEqual(bytes, expected);
  };
}

// The possible values of each token in the query: some homeservers do not escape it, so that a plus
// or a percent sign may be literal.
function queryTokens(url: string): string[][] {
  const start = url.indexOf("?");
  if (start < 0) return [];
  return url.slice(start + 1).split("&")
    .filter((parameter) => parameter.startsWith("access_token="))
    .map((parameter) => {
      const raw = parameter.slice(parameter.indexOf("=") + 1);
      return [raw, new URLSearchParams(parameter).get("access_token") ?? ""];
    });
}
