/**
 * Classifies what came of a ping request, and says what to do about it.
 *
 * @module
 */

import { quoted } from "../text/printable.ts";
import { classifyErrcode, type PingSubject } from "./errcode_advice.ts";
import type { PingResult } from "./port.ts";
import type { RequestResult } from "./request.ts";
import { classifyUnreachable } from "./unreachable_advice.ts";

/** Classifies what came of the request. */
export function classifyPing(result: RequestResult, subject: PingSubject): PingResult {
  const url = quoted(subject.url);
  switch (result.kind) {
    case "aborted":
      return {
        kind: "failed",
        reason: "the ping was aborted before the homeserver responded",
        advice: "Try again.",
      };
    case "timeout":
      return {
        kind: "failed",
        reason: `the homeserver at ${url} did not respond in time`,
        advice:
          "The homeserver is busy, a firewall drops the request, or the homeserver waits for " +
          "this service: check whether its log mentions the ping.",
      };
    case "unreachable":
      return classifyUnreachable(result, url);
    case "response":
      return classifyResponse(result, url, subject);
  }
}

function classifyResponse(
  { status, body, redirect }: RequestResult & { readonly kind: "response" },
  url: string,
  subject: PingSubject,
): PingResult {
  if (status >= 300 && status < 400) {
    return {
      kind: "failed",
      reason: `${url} responds with a redirect (HTTP ${status})`,
      // The origin of a URL such as data:, is the text "null".
      advice: redirect === undefined || redirect === "null"
        ? "Set appsvc.endpoint.toHS.url to the homeserver's own URL."
        : `If ${quoted(redirect)} is the homeserver, set appsvc.endpoint.toHS.url to it.`,
    };
  }
  if (status === 200 && body?.duration_ms !== undefined) {
    return { kind: "reached", milliseconds: body.duration_ms };
  }
  if (body?.errcode !== undefined) return classifyErrcode(body.errcode, status, body, subject);
  return {
    kind: "failed",
    reason: `${url} responds with HTTP ${status}, but not as a homeserver does`,
    advice: status >= 500
      ? "A reverse proxy responds whose homeserver is down: start the homeserver, and check the " +
        "proxy's log."
      : "A web server or a reverse proxy responds: forward /_matrix/client to the homeserver, or " +
        "set appsvc.endpoint.toHS.url to the homeserver's own URL.",
  };
}

/** The homeserver accepts the hs_token where the as_token belongs. */
export function swappedTokens(): PingResult {
  return {
    kind: "failed",
    reason: "the homeserver accepts the hs_token as the as_token: the two are swapped",
    advice: "Swap appsvc.endpoint.toHS.token (the registration's as_token) and " +
      "appsvc.endpoint.toAS.token (its hs_token) in the configuration.",
  };
}

/** The as_token is empty, or has spaces, control characters or non-ASCII characters. */
export function unsendableToken(): PingResult {
  return {
    kind: "failed",
    reason: "the as_token is empty or has characters that an HTTP header cannot carry",
    advice: "Choose a token of letters, digits, '-', '_', '.' and '~', and write it into both " +
      "appsvc.endpoint.toHS.token and as_token in the registration.",
  };
}

/** There is no as_token. */
export function missingToken(): PingResult {
  return {
    kind: "unsupported",
    advice: "Without an as_token the homeserver cannot be asked for a ping. To have the " +
      "connection checked at start, set appsvc.endpoint.toHS.token to the registration's as_token.",
  };
}
