/**
 * Requests access tokens from the token endpoint of an OAuth 2.0 server (RFC 6749).
 *
 * @module
 */

import { z } from "zod";
import { fetchErrorReason, jsonOf, readResponseText } from "../../net/http.ts";
import { SECOND } from "../../settings/duration.ts";
import { redactor } from "../../settings/redact.ts";
import type { Secret } from "../../settings/secret.ts";
import { plainText } from "../../text/plain_text.ts";
import { plainReason } from "../reply.ts";
import type { OauthSettings } from "./oauth_section.ts";
import { smtpKey } from "./remedy.ts";

/** A token that was issued. */
export interface IssuedToken {
  readonly accessToken: string;
  /** How long it is valid, in milliseconds. */
  readonly lifetime: number;
  /** The refresh token that replaces the one that was used. */
  readonly refreshToken?: string | undefined;
}

/** The token endpoint issues no token. */
export class TokenError extends Error {
  override readonly name = "TokenError";

  /**
   * @param reason One line that may be shown, without secrets.
   * @param remedy What the administrator can do, with the keys.
   */
  constructor(readonly reason: string, readonly remedy: string, options?: ErrorOptions) {
    super(reason, options);
  }
}

/** A token endpoint. */
export interface TokenEndpoint {
  /**
   * Requests a token: with the refresh token if there is one, otherwise with the client's own
   * credentials.
   *
   * @throws {TokenError} If none is issued, or the signal is aborted.
   */
  request(refreshToken: string | undefined, signal: AbortSignal): Promise<IssuedToken>;
}

const MAX_RESPONSE_BYTES = 64 * 1024;
// A SASL response has at most 12,288 characters of base64 (RFC 4954, section 4).
const MAX_TOKEN_CHARS = 8000;
const DEFAULT_LIFETIME_SECONDS = 300;
// Longer than any server's; a larger number is a mistake.
const MAX_LIFETIME_SECONDS = 24 * 3600;

// Section 5.1. Some servers write the seconds as text.
const tokenResponse = z.object({
  access_token: z.string().max(MAX_TOKEN_CHARS).regex(/^[\x21-\x7E]+$/),
  token_type: z.string().regex(/^bearer$/i).optional(),
  expires_in: z.coerce.number().positive().max(MAX_LIFETIME_SECONDS)
    .catch(DEFAULT_LIFETIME_SECONDS),
  refresh_token: z.string().min(1).max(MAX_TOKEN_CHARS).optional().catch(undefined),
});

// Section 5.2.
const errorResponse = z.object({
  error: z.string().regex(/^[\x20-\x21\x23-\x5B\x5D-\x7E]{1,80}$/),
  error_description: z.string().catch(""),
});

const key = (name: string) => smtpKey(`oauth2.${name}`);

const REMEDIES: Readonly<Record<string, string>> = {
  invalid_client: `check ${key("clientId")} and clientSecret, which may have expired`,
  invalid_grant: `${key("refreshToken")} has expired, or was revoked or replaced: ` +
    "authorize again, and write the new one there",
  invalid_request: `check ${key("tokenUrl")} and scope`,
  invalid_scope: `check ${key("scope")}`,
  // Keycloak says so also when the secret is wrong.
  unauthorized_client: `check ${key("clientId")} and clientSecret, and that the client may use ` +
    "this grant (client credentials, or refresh tokens)",
  unsupported_grant_type: `check ${key("tokenUrl")}; without client credentials, the endpoint ` +
    "needs a refreshToken",
};
const OTHER_REMEDY = `check ${key("tokenUrl")} and the token endpoint`;

/** Opens a token endpoint. */
export function openTokenEndpoint(
  settings: OauthSettings,
  fetch: typeof globalThis.fetch,
): TokenEndpoint {
  const { tokenUrl, clientId, clientSecret, scope } = settings;
  const { origin, pathname } = new URL(tokenUrl);
  const place = plainText(`${origin}${pathname}`, 200);
  // How the client authenticates (section 2.3.1): in the body, as Microsoft, Google and Keycloak
  // document it, or in a header, which is what some servers insist on.
  let inHeader = false;

  function fault(problem: string, remedy: string, cause?: unknown): TokenError {
    return new TokenError(`no access token from ${place}: ${problem}`, remedy, { cause });
  }

  async function exchange(refreshToken: string | undefined, signal: AbortSignal) {
    const grant = refreshToken === undefined
      ? { grant_type: "client_credentials" }
      : { grant_type: "refresh_token", refresh_token: refreshToken };
    const body = new URLSearchParams({ ...grant, ...scope === undefined ? {} : { scope } });
    const headers = new Headers({ accept: "application/json" });
    if (inHeader && clientSecret !== undefined) {
      headers.set("authorization", basicCredentials(clientId, clientSecret));
    } else {
      body.set("client_id", clientId);
      if (clientSecret !== undefined) body.set("client_secret", clientSecret.reveal());
    }
    try {
      // A redirect would take the secret elsewhere.
      const init = { method: "POST", body, headers, signal, redirect: "manual" } as const;
      const response = await fetch(tokenUrl, init);
      return { response, ...await readResponseText(response, MAX_RESPONSE_BYTES) };
    } catch (error) {
      if (signal.aborted) throw fault("it did not answer in time", OTHER_REMEDY, error);
      const reason = plainReason(hide(refreshToken)(fetchErrorReason(error)));
      throw fault(`the request failed: ${reason}`, OTHER_REMEDY, error);
    }
  }

  function hide(refreshToken: string | undefined): (text: string) => string {
    return redactor([clientSecret?.reveal() ?? "", refreshToken ?? ""]);
  }

  return {
    async request(refreshToken, signal) {
      for (let retried = false;; retried = true) {
        const { response, text, complete } = await exchange(refreshToken, signal);
        const json = complete ? jsonOf(text) : undefined;
        if (response.ok) {
          const token = tokenResponse.safeParse(json);
          if (token.success) return issuedToken(token.data);
          throw fault("its response has no bearer token", OTHER_REMEDY);
        }
        const refusal = errorResponse.safeParse(json);
        if (!refusal.success) {
          throw fault(`status ${response.status}, without an error code`, OTHER_REMEDY);
        }
        const { error, error_description } = refusal.data;
        if (error === "invalid_client" && clientSecret !== undefined && !retried) {
          inHeader = !inHeader;
          continue;
        }
        const description = plainReason(hide(refreshToken)(error_description));
        const remedy = Object.hasOwn(REMEDIES, error) ? REMEDIES[error] : undefined;
        throw fault(
          `${plainText(error, 80)}${description === "" ? "" : `: ${description}`}`,
          remedy ?? OTHER_REMEDY,
        );
      }
    },
  };
}

function issuedToken(response: z.output<typeof tokenResponse>): IssuedToken {
  return {
    accessToken: response.access_token,
    lifetime: response.expires_in * SECOND,
    refreshToken: response.refresh_token,
  };
}

// ID and secret are encoded as in a form before they are joined.
function basicCredentials(id: string, secret: Secret): string {
  const [name, password] = [id, secret.reveal()]
    .map((text) => new URLSearchParams({ "": text }).toString().slice(1));
  return `Basic ${btoa(`${name}:${password}`)}`;
}
