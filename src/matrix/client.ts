/**
 * Calls the homeserver's client-server API.
 *
 * @module
 */

import { parseUserId } from "../domain/user_id.ts";
import { SECOND } from "../settings/duration.ts";
import type { Secret } from "../settings/secret.ts";
import type { RandomBytes } from "../system/random.ts";
import { classifyPing, missingToken, swappedTokens, unsendableToken } from "./classify_ping.ts";
import { classifyVersions } from "./classify_versions.ts";
import type { PingSubject } from "./errcode_advice.ts";
import type { Homeserver, PingResult, VersionsResult, WhoamiResult } from "./port.ts";
import { type RequestOptions, type RequestResult, sendRequest } from "./request.ts";

/** How the homeserver is called. */
export interface HomeserverOptions extends PingSubject, RequestOptions {
  /** Authenticates this service to the homeserver; without it nothing can be requested. */
  readonly asToken?: Secret | undefined;
  /**
   * Authenticates the homeserver to this service. Sent only to find out whether the two tokens are
   * swapped.
   */
  readonly hsToken: Secret;
  /** For transaction IDs. */
  readonly random: RandomBytes;
}

// The start waits for the answer, for which the homeserver has to ask nobody.
const WHOAMI_TIMEOUT_MS = 3 * SECOND;
const VERSIONS_TIMEOUT_MS = 10 * SECOND;

/** The homeserver at a URL. Nothing is requested before the first call. */
export function openHomeserver(options: HomeserverOptions): Homeserver {
  return {
    ping: (signal) => ping(options, signal),
    whoami: (signal) => whoami(options, signal),
    versions: (signal) => versions(options, signal),
  };
}

async function ping(options: HomeserverOptions, signal?: AbortSignal): Promise<PingResult> {
  const { asToken, hsToken } = options;
  if (!asToken) return missingToken();
  if (!isSendable(asToken)) return unsendableToken();
  const result = await requestPing(options, asToken, signal);
  if (rejectsToken(result) && asToken.reveal() !== hsToken.reveal()) {
    // This server has seen the as_token, which grants more than the hs_token.
    if (acceptsToken(await requestPing(options, hsToken, signal))) return swappedTokens();
  }
  return classifyPing(result, options);
}

async function whoami(options: HomeserverOptions, signal?: AbortSignal): Promise<WhoamiResult> {
  const { asToken, url } = options;
  if (!asToken || !isSendable(asToken)) return { kind: "unknown" };
  const request = { ...options, timeout: Math.min(options.timeout, WHOAMI_TIMEOUT_MS) };
  const path = "/_matrix/client/v3/account/whoami";
  const headers = { accept: "application/json", authorization: `Bearer ${asToken.reveal()}` };
  const result = await sendRequest(request, url.replace(/\/+$/, "") + path, { headers }, signal);
  if (rejectsToken(result)) return { kind: "unknown token" };
  const isAnswer = result.kind === "response" && result.status === 200;
  const user = isAnswer ? parseUserId(result.body?.user_id) : undefined;
  return user === undefined ? { kind: "unknown" } : { kind: "user", user };
}

async function versions(options: HomeserverOptions, signal?: AbortSignal): Promise<VersionsResult> {
  const url = `${options.url.replace(/\/+$/, "")}/_matrix/client/versions`;
  const request = { ...options, timeout: Math.min(options.timeout, VERSIONS_TIMEOUT_MS) };
  const init = { headers: { accept: "application/json" } };
  return classifyVersions(await sendRequest(request, url, init, signal), options);
}

// Other characters would be cut off, recoded or rejected on the way.
function isSendable(token: Secret): boolean {
  return /^[\x21-\x7E]+$/.test(token.reveal());
}

function requestPing(
  options: HomeserverOptions,
  token: Secret,
  signal?: AbortSignal,
): Promise<RequestResult> {
  const { url, registrationId, random } = options;
  const id = encodeURIComponent(registrationId);
  const path = `/_matrix/client/v1/appservice/${id}/ping`;
  return sendRequest(options, url.replace(/\/+$/, "") + path, {
    method: "POST",
    headers: {
      accept: "application/json",
      authorization: `Bearer ${token.reveal()}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ transaction_id: random(16).toHex() }),
  }, signal);
}

function rejectsToken(result: RequestResult): boolean {
  return result.kind === "response" && [401, 403].includes(result.status) &&
    ["M_UNKNOWN_TOKEN", "M_FORBIDDEN"].includes(result.body?.errcode ?? "");
}

// A homeserver responds like this only after it has accepted the token.
function acceptsToken(result: RequestResult): boolean {
  if (result.kind !== "response") return false;
  const { status, body } = result;
  return status === 200 && body?.duration_ms !== undefined ||
    ["M_URL_NOT_SET", "M_BAD_STATUS", "M_CONNECTION_FAILED", "M_CONNECTION_TIMEOUT"]
      .includes(body?.errcode ?? "");
}
