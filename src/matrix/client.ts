/**
 * The homeserver, by its client-server API.
 *
 * @module
 */

import type { Secret } from "../settings/secret.ts";
import type { RandomBytes } from "../system/random.ts";
import { type Answer, ask, type Requester } from "./answer.ts";
import {
  classifyPing,
  type PingSubject,
  swappedTokens,
  unsendableToken,
  withoutToken,
} from "./ping_advice.ts";
import type { Homeserver, PingResult } from "./port.ts";

/** How the homeserver is spoken to. */
export interface HomeserverOptions extends PingSubject, Requester {
  /** What the service shows to the homeserver; without it nothing can be asked. */
  readonly asToken?: Secret | undefined;
  /** What the homeserver shows to the service. Sent only to find out whether the two are swapped. */
  readonly hsToken: Secret;
  /** For transaction IDs. */
  readonly random: RandomBytes;
}

/** The homeserver at a URL. Nothing is asked before the first call. */
export function openHomeserver(options: HomeserverOptions): Homeserver {
  return { ping: (signal) => ping(options, signal) };
}

async function ping(options: HomeserverOptions, signal?: AbortSignal): Promise<PingResult> {
  const { asToken, hsToken } = options;
  if (!asToken) return withoutToken();
  // Other tokens would be cut, recoded or refused on the way.
  if (!/^[\x21-\x7E]+$/.test(asToken.reveal())) return unsendableToken();
  const answer = await requestPing(options, asToken, signal);
  if (refusesToken(answer) && asToken.reveal() !== hsToken.reveal()) {
    // Whoever answers has seen the as_token, which is the mightier one.
    if (provesToken(await requestPing(options, hsToken, signal))) return swappedTokens();
  }
  return classifyPing(answer, options);
}

function requestPing(
  options: HomeserverOptions,
  token: Secret,
  signal?: AbortSignal,
): Promise<Answer> {
  const { url, registrationId, random } = options;
  const id = encodeURIComponent(registrationId);
  const path = `/_matrix/client/v1/appservice/${id}/ping`;
  return ask(options, url.replace(/\/+$/, "") + path, {
    method: "POST",
    headers: {
      accept: "application/json",
      authorization: `Bearer ${token.reveal()}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ transaction_id: random(16).toHex() }),
  }, signal);
}

function refusesToken(answer: Answer): boolean {
  return answer.kind === "answered" && [401, 403].includes(answer.status) &&
    ["M_UNKNOWN_TOKEN", "M_FORBIDDEN"].includes(answer.body?.errcode ?? "");
}

// Whatever else a homeserver answers to this request, it has let the token pass before.
function provesToken(answer: Answer): boolean {
  if (answer.kind !== "answered") return false;
  const { status, body } = answer;
  return status === 200 && body?.duration_ms !== undefined ||
    ["M_URL_NOT_SET", "M_BAD_STATUS", "M_CONNECTION_FAILED", "M_CONNECTION_TIMEOUT"]
      .includes(body?.errcode ?? "");
}
