/**
 * What the answer to a ping request means, and what to do about it.
 *
 * @module
 */

import { quoted } from "../text/printable.ts";
import type { Answer, ErrorBody } from "./answer.ts";
import type { PingResult } from "./port.ts";
import type { Unreachable } from "./reachability.ts";

/** What the advice is about. */
export interface PingSubject {
  /** The homeserver's client API, as the configuration names it. */
  readonly url: string;
  /** The `id` of the registration. */
  readonly registrationId: string;
  /** Where the homeserver is to reach this service, as the configuration names it. */
  readonly ownUrl?: string | undefined;
}

const RESTART = "The homeserver reads its registration only when it starts.";

/** What an answer means. */
export function classifyPing(answer: Answer, subject: PingSubject): PingResult {
  const url = quoted(subject.url);
  if (answer.kind === "aborted") {
    return failed("the ping was ended before there was an answer", "Try again.");
  }
  if (answer.kind === "late") {
    return failed(
      `the homeserver at ${url} did not answer in time`,
      "Either it is busy, or a firewall swallows what is sent to it, or the homeserver waits for " +
        "this service: see whether its log tells of the ping.",
    );
  }
  if (answer.kind === "unreachable") return classifyUnreachable(answer, url);
  const { status, body, redirect } = answer;
  if (status >= 300 && status < 400) {
    return failed(
      `${url} answers with a redirect (HTTP ${status})`,
      redirect === undefined || redirect === "null"
        ? "Write the homeserver's own URL into appsvc.endpoint.toHS.url."
        : `If ${quoted(redirect)} is the homeserver, write it into appsvc.endpoint.toHS.url.`,
    );
  }
  if (status === 200 && body?.duration_ms !== undefined) {
    return { kind: "reached", milliseconds: body.duration_ms };
  }
  if (body?.errcode === undefined) return classifyForeign(status, url);
  return classifyError(status, body, subject);
}

/** What it means that the homeserver takes the hs_token where the as_token belongs. */
export function swappedTokens(): PingResult {
  return failed(
    "the homeserver takes the hs_token for the as_token: the two are swapped",
    "Swap appsvc.endpoint.toHS.token (the registration's as_token) and appsvc.endpoint.toAS.token " +
      "(its hs_token) in the configuration.",
  );
}

/** What it means that the as_token is empty, or has spaces, controls or signs beyond ASCII. */
export function unsendableToken(): PingResult {
  return failed(
    "the as_token is empty or has characters that no HTTP header carries",
    "Choose one of letters, digits, '-', '_', '.' and '~', for appsvc.endpoint.toHS.token and for " +
      "as_token in the registration alike.",
  );
}

/** What it means that there is no as_token. */
export function withoutToken(): PingResult {
  return {
    kind: "unsupported",
    advice: "Without an as_token the homeserver cannot be asked for a ping. To have the " +
      "connection checked at start, write the registration's as_token into " +
      "appsvc.endpoint.toHS.token.",
  };
}

function classifyError(status: number, body: ErrorBody, subject: PingSubject): PingResult {
  switch (body.errcode) {
    case "M_UNRECOGNIZED":
      return {
        kind: "unsupported",
        advice: "The homeserver does not know the request for a ping, as Dendrite and old " +
          "versions of Synapse: invite somebody to see whether its events arrive.",
      };
    case "M_URL_NOT_SET":
      return {
        kind: "unsupported",
        advice: "The homeserver's registration of this service has no 'url', so that nothing is " +
          `pushed: write one, unless that is meant. ${RESTART}`,
      };
    case "M_LIMIT_EXCEEDED":
      return {
        kind: "unsupported",
        advice: "The homeserver limits how often it is asked, and did not ping: write " +
          "'rate_limited: false' into the registration.",
      };
    case "M_UNKNOWN_TOKEN":
      return failed(
        "the homeserver does not know the as_token",
        "Compare as_token in the registration with appsvc.endpoint.toHS.token, and see whether " +
          `the homeserver's configuration names the registration. ${RESTART}`,
      );
    case "M_FORBIDDEN":
      return failed(
        "the homeserver does not accept the as_token for this service",
        `It belongs to a user or to another service, or the registration's id is not ` +
          `${quoted(subject.registrationId)}. ${RESTART}`,
      );
    case "M_MISSING_TOKEN":
      return failed(
        "the as_token did not arrive at the homeserver",
        "A reverse proxy before it drops the Authorization header: let it pass, or write the " +
          "homeserver's own URL into appsvc.endpoint.toHS.url.",
      );
    case "M_BAD_STATUS":
      return classifyBadStatus(body.status, subject);
    case "M_CONNECTION_FAILED":
      return failed(
        "the homeserver cannot reach this service, or what it reaches speaks no JSON",
        adviceOnOwnUrl(subject),
      );
    case "M_CONNECTION_TIMEOUT":
      return failed(
        "the homeserver waited in vain for this service",
        `A firewall swallows what it sends, or the url leads elsewhere. ${adviceOnOwnUrl(subject)}`,
      );
  }
  return failed(
    `the homeserver answers HTTP ${status} ${body.errcode}`,
    "See its log for what it has to say about the ping.",
  );
}

function classifyBadStatus(status: number | undefined, subject: PingSubject): PingResult {
  if (status === 401 || status === 403) {
    return failed(
      `this service refuses the homeserver's hs_token (HTTP ${status})`,
      `Compare hs_token in the registration with appsvc.endpoint.toAS.token. ${RESTART}`,
    );
  }
  const shown = status === undefined ? "an error" : `HTTP ${status}`;
  return failed(
    `the homeserver reaches something at the registration's url, but it answers ${shown}`,
    `Another program or a reverse proxy answers there. ${adviceOnOwnUrl(subject)}`,
  );
}

function classifyForeign(status: number, url: string): PingResult {
  if (status >= 500) {
    return failed(
      `${url} answers HTTP ${status}, but not as a homeserver does`,
      "A reverse proxy answers there, whose homeserver is down: start it, and see the proxy's log.",
    );
  }
  return failed(
    `${url} answers HTTP ${status}, but not as a homeserver does`,
    "A web server or a reverse proxy answers there: let it pass on /_matrix/client, or write the " +
      "homeserver's own URL into appsvc.endpoint.toHS.url.",
  );
}

function classifyUnreachable({ why, where, detail }: Unreachable, url: string): PingResult {
  const at = quoted(where);
  switch (why) {
    case "refused":
      return failed(
        `nothing listens at ${at}`,
        "Start the homeserver, or mend host and port in appsvc.endpoint.toHS.url; in a container, " +
          "'localhost' is that container alone.",
      );
    case "unknown_host":
      return failed(
        `the host of ${url} has no address (${detail})`,
        "Mend its name in appsvc.endpoint.toHS.url, or this machine's name resolution.",
      );
    case "no_route":
      return failed(
        `no way leads to ${at} (${detail})`,
        "Mend host and port in appsvc.endpoint.toHS.url, or let the connection pass the firewall.",
      );
    case "tls":
      return failed(
        `no TLS connection to ${at}: ${detail}`,
        "Its certificate is not trusted here or has expired, or it speaks no TLS: give the " +
          "authority's certificate in tls.ca, or write http:// for a homeserver on this machine.",
      );
    case "no_http":
      return failed(
        `a server listens at ${at}, but does not answer in HTTP`,
        "If it speaks TLS, write https:// in appsvc.endpoint.toHS.url; else mend the port.",
      );
    case "other":
      return failed(
        `${url} cannot be reached (${detail})`,
        "Mend appsvc.endpoint.toHS.url: it is the homeserver's client API, such as " +
          "http://localhost:8008.",
      );
  }
}

function adviceOnOwnUrl({ ownUrl }: PingSubject): string {
  if (ownUrl === undefined) {
    return `Mend url in the registration: it must lead from the homeserver to here. ${RESTART}`;
  }
  const host = URL.parse(ownUrl)?.hostname ?? "";
  const loopback = /^(?:localhost|.*\.localhost|127\.[0-9.]+|0\.0\.0\.0|\[::1?\])$/.test(host);
  const hint = loopback
    ? " It names the machine or container that the homeserver itself runs in: if this service " +
      "runs in another one, write the name or address of that."
    : " See whether the name resolves there, and whether server.host and a firewall let it in.";
  return `The url in the registration, which should be ${quoted(ownUrl)}, must lead from the ` +
    `homeserver to here.${hint} ${RESTART}`;
}

function failed(reason: string, advice: string): PingResult {
  return { kind: "failed", reason, advice };
}
