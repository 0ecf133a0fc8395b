/**
 * Keeps an access token for the mail server, and renews it before it expires.
 *
 * @module
 */

import { onAbort } from "../../net/abort.ts";
import { timeLimit } from "../../net/timeout.ts";
import { MINUTE } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { smtpError } from "./error.ts";
import type { OauthSettings } from "./oauth_section.ts";
import { smtpKey } from "./remedy.ts";
import { openTokenEndpoint, TokenError } from "./token_endpoint.ts";

const log = openLog("mail");

/** An access token. */
export interface AccessToken {
  readonly value: string;
  /** When it expires, by the clock's `monotonic`. */
  readonly expiresAt: number;
}

/** The access tokens of one client. Disposing of them ends a request that is under way. */
export interface AccessTokens extends AsyncDisposable {
  /**
   * Returns a token that is valid for a while. Concurrent calls share one request.
   *
   * @throws {SmtpError} If there is none, or the signal is aborted.
   */
  get(signal: AbortSignal): Promise<AccessToken>;
  /** Drops a token that the mail server refused: the next call gets another one. */
  drop(token: AccessToken): void;
}

/** Options of access tokens. */
export interface AccessTokenOptions {
  readonly settings: OauthSettings;
  /** How long the token endpoint may take, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

// A token is renewed when less than this is left of its lifetime, or a quarter of a short lifetime.
const MAX_MARGIN_MS = 5 * MINUTE;

/** Opens the tokens; the first one is requested when it is needed. */
export function openAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { settings, timeout, clock } = options;
  const endpoint = openTokenEndpoint(settings, options.fetch);
  const closed = new AbortController();
  let refreshToken = settings.refreshToken?.reveal();
  let kept: { readonly token: AccessToken; readonly renewAt: number } | undefined;
  let request: Promise<AccessToken> | undefined;

  // Not stopped with the call that needs it: a refresh token in the response would be lost, after the
  // server has made the old one invalid.
  async function renew(): Promise<AccessToken> {
    using limit = timeLimit(clock, timeout);
    const askedAt = clock.monotonic();
    try {
      const signal = AbortSignal.any([limit.signal, closed.signal]);
      const issued = await endpoint.request(refreshToken, signal);
      keepRefreshToken(issued.refreshToken);
      const { accessToken: value, lifetime } = issued;
      const token = { value, expiresAt: askedAt + lifetime };
      kept = { token, renewAt: token.expiresAt - Math.min(MAX_MARGIN_MS, lifetime / 4) };
      return token;
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      if (closed.signal.aborted) throw smtpError("auth", "EABORT");
      throw smtpError("auth", "ETOKEN", error.reason, error.remedy);
    } finally {
      request = undefined;
    }
  }

  function keepRefreshToken(issued: string | undefined): void {
    if (refreshToken === undefined || issued === undefined || issued === refreshToken) return;
    const isConfigured = refreshToken === settings.refreshToken?.reveal();
    refreshToken = issued;
    // Once: some endpoints replace it each time.
    if (!isConfigured) return;
    log.warn("refresh token replaced by the token endpoint", {
      key: smtpKey("oauth2.refreshToken"),
      advice:
        "the new one is kept in memory only: if the configured one is no longer valid after " +
        "a restart, authorize again, or have the endpoint not replace refresh tokens",
    });
  }

  return {
    async get(signal) {
      if (signal.aborted || closed.signal.aborted) throw smtpError("auth", "EABORT");
      if (kept && clock.monotonic() < kept.renewAt) return kept.token;
      request ??= renew();
      const aborted = Promise.withResolvers<never>();
      using _listener = onAbort(signal, () => aborted.reject(smtpError("auth", "EABORT")));
      return await Promise.race([request, aborted.promise]);
    },
    drop(token) {
      if (kept?.token === token) kept = undefined;
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      await request?.catch(() => {});
    },
  };
}
