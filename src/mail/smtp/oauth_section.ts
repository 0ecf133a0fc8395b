/**
 * The configuration section `threepid.medium.email.connectors.smtp.oauth2`.
 *
 * @module
 */

import { z } from "zod";
import { isUnencrypted } from "../../domain/loopback.ts";
import { filledSecret, filledText, parsed } from "../../settings/kinds.ts";

// Unlike other URLs it keeps a slash at its end, which some endpoints need, and may have a query (RFC
// 6749, section 3.2).
function parseTokenUrl(value: string): string | undefined {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  return url.username || url.password || url.hash ? undefined : url.href;
}

/** The section's keys. */
export const oauthSection = z.strictObject({
  tokenUrl: parsed(parseTokenUrl, "a URL such as https://idp.example.org/oauth2/token", {
    repeat: false, // it may contain a password
  }).refine(
    (url) => !isUnencrypted(url),
    "the secret would be sent unencrypted: write an https URL",
  )
    .meta({
      examples: ["https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token"],
    })
    .describe("The token endpoint."),
  clientId: filledText().describe("The ID of this service at the token endpoint."),
  clientSecret: filledSecret().optional().describe(
    "Its secret. Only a client that is registered as a public one, and has a refreshToken, has none.",
  ),
  scope: filledText().optional().meta({ examples: ["https://outlook.office365.com/.default"] })
    .describe("The scopes to request, separated by spaces, if the endpoint needs any."),
  refreshToken: filledSecret().optional().describe(
    "A refresh token of the user `login`. Without it the tokens are those of the client itself " +
      "(client credentials).",
  ),
}).superRefine(({ clientSecret, refreshToken }, context) => {
  if (clientSecret !== undefined || refreshToken !== undefined) return;
  const message = "is missing: without a refreshToken, the client needs it";
  context.addIssue({ code: "custom", path: ["clientSecret"], message });
});

/** The section's settings. */
export type OauthSettings = z.output<typeof oauthSection>;
