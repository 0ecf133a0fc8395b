/**
 * Access tokens for a client with a secret (client credentials grant, RFC 6749, section 4.4).
 *
 * @module
 */

import type { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import { basicAuthorization } from "./credentials.ts";
import { type AccessTokens, openTokens, requestToken } from "./tokens.ts";

/** A client. */
export interface Client {
  /** The token endpoint. */
  readonly tokenUrl: string;
  readonly id: string;
  readonly secret: Secret;
  /** The scope to request, if the service needs one. */
  readonly scope?: string | undefined;
}

const WRONG_CLIENT = "it issues no token: check client ID and secret";
const ADVICE: ReadonlyMap<number, string> = new Map([
  [400, WRONG_CLIENT],
  [401, WRONG_CLIENT],
  [403, "it issues no token: it may require HTTPS, or be disabled"],
]);

/** Opens the tokens of a client. */
export function openClientTokens(
  { tokenUrl, id, secret, scope }: Client,
  clock: Clock,
): AccessTokens {
  return openTokens((context) => {
    const grant = { grant_type: "client_credentials" };
    return requestToken({
      url: tokenUrl,
      parameters: scope === undefined ? grant : { ...grant, scope },
      headers: { authorization: basicAuthorization(formEncoded(id), formEncoded(secret.reveal())) },
      advice: ADVICE,
    }, context);
  }, clock);
}

// ID and secret are encoded as in a form before they are joined (section 2.3.1).
function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
