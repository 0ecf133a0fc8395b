/**
 * A token endpoint (RFC 6749) that issues numbered tokens.
 *
 * @module
 */

import { oauthSection, type OauthSettings } from "../../../src/mail/smtp/oauth_section.ts";
import { type WebRequest, WebService } from "../net/web_service.ts";

/** The only client that it knows. */
export const OAUTH_CLIENT = {
  clientId: "mailer",
  clientSecret: "s3cret+/%:=ä&",
  scope: "https://mail.example/.default",
};

/** The token endpoint. */
export class TokenEndpointService extends WebService {
  /** The forms of all requests. */
  readonly forms: Readonly<Record<string, string>>[] = [];
  /** The fields `authorization` of all requests. */
  readonly authorizations: (string | null)[] = [];
  /** What a response has beside the token. */
  more: Readonly<Record<string, unknown>> = { expires_in: 3600 };

  constructor() {
    super((request) => this.#issue(request));
  }

  /** The settings of a client that uses it. */
  settings(changes: Readonly<Record<string, unknown>> = {}): OauthSettings {
    const tokenUrl = `${this.url}/oauth2/token`;
    return oauthSection.parse({ tokenUrl, ...OAUTH_CLIENT, ...changes });
  }

  /** The tokens so far. */
  get tokens(): readonly string[] {
    return this.forms.map((_form, at) => `token-${at + 1}`);
  }

  #issue({ body, headers }: WebRequest): Response {
    this.forms.push(Object.fromEntries(new URLSearchParams(body)));
    this.authorizations.push(headers.get("authorization"));
    const access_token = this.tokens.at(-1);
    return Response.json({ access_token, token_type: "Bearer", ...this.more });
  }
}

/** A refusal (section 5.2). */
export function refusal(error: string, description?: string, status = 400): Response {
  return Response.json({ error, error_description: description }, { status });
}
