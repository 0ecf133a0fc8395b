/**
 * Says what each error code in response to a ping request means, and what to do about it
 * (client-server API, `POST /appservice/{id}/ping`).
 *
 * @module
 */

import { isLoopback } from "../domain/loopback.ts";
import { quoted } from "../text/printable.ts";
import type { PingResult } from "./port.ts";
import type { ResponseBody } from "./request.ts";

/** The settings that the advice names. */
export interface PingSubject {
  /** The homeserver's client API, as configured. */
  readonly url: string;
  /** The `id` of the registration. */
  readonly registrationId: string;
  /** Where the homeserver should reach this service, as configured. */
  readonly ownUrl?: string | undefined;
}

const RESTART = "The homeserver reads its registration only when it starts.";

/**
 * Classifies an error of the homeserver.
 *
 * @param status The HTTP status of the response.
 */
export function classifyErrcode(
  errcode: string,
  status: number,
  body: ResponseBody,
  subject: PingSubject,
): PingResult {
  switch (errcode) {
    case "M_UNRECOGNIZED":
      return {
        kind: "unsupported",
        advice:
          "The homeserver does not support the ping request, like Dendrite and old versions " +
          "of Synapse: invite somebody to see whether its events arrive.",
      };
    case "M_URL_NOT_SET":
      return {
        kind: "unsupported",
        advice: "The homeserver's registration of this service has no 'url', so that nothing is " +
          `pushed: add one, unless that is intended. ${RESTART}`,
      };
    case "M_LIMIT_EXCEEDED":
      return {
        kind: "unsupported",
        advice: "The homeserver limits the rate of requests, and did not ping: add " +
          "'rate_limited: false' to the registration.",
      };
    case "M_UNKNOWN_TOKEN":
      return {
        kind: "failed",
        reason: "the homeserver does not know the as_token",
        advice: "Compare as_token in the registration with appsvc.endpoint.toHS.token, and check " +
          `that the homeserver's configuration names the registration. ${RESTART}`,
      };
    case "M_FORBIDDEN":
      return {
        kind: "failed",
        reason: "the homeserver does not accept the as_token for this service",
        advice: "It belongs to a user or to another service, or the registration's id is not " +
          `${quoted(subject.registrationId)}. ${RESTART}`,
      };
    case "M_MISSING_TOKEN":
      return {
        kind: "failed",
        reason: "the as_token did not reach the homeserver",
        advice: "A reverse proxy in front of it drops the Authorization header: let it pass, or " +
          "set appsvc.endpoint.toHS.url to the homeserver's own URL.",
      };
    case "M_BAD_STATUS":
      return classifyBadStatus(body.status, subject);
    case "M_CONNECTION_FAILED":
      return {
        kind: "failed",
        reason: "the homeserver cannot reach this service, or gets a response that is not JSON",
        advice: adviceOnOwnUrl(subject),
      };
    case "M_CONNECTION_TIMEOUT":
      return {
        kind: "failed",
        reason: "the homeserver's request to this service timed out",
        advice: "A firewall drops the request, or the url leads elsewhere. " +
          adviceOnOwnUrl(subject),
      };
  }
  return {
    kind: "failed",
    reason: `the homeserver responds with HTTP ${status} ${errcode}`,
    advice: "Check the homeserver's log for what it says about the ping.",
  };
}

function classifyBadStatus(status: number | undefined, subject: PingSubject): PingResult {
  if (status === 401 || status === 403) {
    return {
      kind: "failed",
      reason: `this service refuses the homeserver's hs_token (HTTP ${status})`,
      advice: `Compare hs_token in the registration with appsvc.endpoint.toAS.token. ${RESTART}`,
    };
  }
  const shown = status === undefined ? "an error" : `HTTP ${status}`;
  return {
    kind: "failed",
    reason:
      `the homeserver reaches something at the registration's url, but it responds with ${shown}`,
    advice: `Another program or a reverse proxy responds there. ${adviceOnOwnUrl(subject)}`,
  };
}

function adviceOnOwnUrl({ ownUrl }: PingSubject): string {
  if (ownUrl === undefined) {
    return `Correct url in the registration: it must lead from the homeserver to here. ${RESTART}`;
  }
  const host = URL.parse(ownUrl)?.hostname ?? "";
  const isOwnMachine = isLoopback(host) || /^(?:.*\.localhost|0\.0\.0\.0|\[::\])$/.test(host);
  const hint = isOwnMachine
    ? " It names the machine or container that the homeserver itself runs in: if this service " +
      "runs in another one, write the name or address of that."
    : " Check that the name resolves there, and that server.host and a firewall let it in.";
  return `The url in the registration, which should be ${quoted(ownUrl)}, must lead from the ` +
    `homeserver to here.${hint} ${RESTART}`;
}
