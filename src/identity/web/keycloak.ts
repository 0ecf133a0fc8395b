/**
 * Looks people up in Keycloak, by its admin REST API.
 *
 * @module
 */

import { z } from "zod";
import { filledSecret, filledText, flag, httpUrl, lookupTimeout } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import { Secret } from "../../settings/secret.ts";
import { accountName, accountNameTemplate, NAME_PLACEHOLDERS } from "../account_name.ts";
import type { IdentityStore } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { accountOf } from "./account_name.ts";
import { openClientTokens } from "./client_credentials.ts";
import { findRoles, findUsers } from "./keycloak_admin.ts";
import { type KeycloakUser, rawProfileOf } from "./keycloak_user.ts";
import { CHECK_NAME, openLookup, type WebDependencies, withTokens } from "./lookup.ts";

/** The configuration's section `keycloak`. */
export const keycloakSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in Keycloak."),
  url: httpUrl().optional().describe(
    "Keycloak's URL, such as https://sso.example.org; before version 17 it ends in /auth.",
  ),
  realm: filledText().optional().describe("The realm that the people are in."),
  clientRealm: filledText().optional().describe("The client's realm, if it is another one."),
  clientId: filledText().optional().describe(
    "A client with a service account that has the role view-users of realm-management.",
  ),
  clientSecret: filledSecret().optional().describe("The client's secret."),
  username: accountNameTemplate().prefault("{localpart}").describe(
    `The username of a person in Keycloak, built from ${NAME_PLACEHOLDERS}.`,
  ),
  onlyVerified: flag().default(false).describe(
    "Whether to use the user's own address only if Keycloak has verified it.",
  ),
  mailAttributes: z.array(filledText()).default([]).describe(
    "Attributes of the user that hold more addresses.",
  ),
  timeout: lookupTimeout()
    .describe("How long Keycloak may take to answer, such as 10s."),
}).superRefine((section, context) => {
  requireKeys("keycloak", section, ["url", "realm", "clientId", "clientSecret"], context);
});

/** The section `keycloak` with its defaults filled in. */
export type KeycloakSection = z.output<typeof keycloakSection>;

const NAME = "keycloak";

/** Opens the store of the realm's users. */
export function openKeycloakStore(
  section: KeycloakSection,
  dependencies: WebDependencies,
): IdentityStore {
  const { url = "", realm = "", clientRealm = realm, clientId = "", timeout } = section;
  const admin = `${url}/admin/realms/${encodeURIComponent(realm)}`;
  const tokens = openClientTokens({
    tokenUrl: `${url}/realms/${encodeURIComponent(clientRealm)}/protocol/openid-connect/token`,
    id: clientId,
    secret: section.clientSecret ?? new Secret(""),
  }, dependencies.clock);
  const lookUp = withTokens(openLookup(NAME, timeout, dependencies), tokens);

  return {
    name: NAME,
    deadline: timeout,
    findProfile(user, options = {}) {
      const name = accountName(section.username, user);
      return lookUp(options, async (context) => {
        const accounts = await findUsers(admin, name, context);
        const nameOf = (account: KeycloakUser) => account.username;
        const found = accountOf({ accounts, nameOf }, name, user, NAME);
        if (found === undefined) return undefined;
        const { account, id } = found;
        const roles = await findRoles(admin, account.id, context);
        return profileFrom(NAME, user, { ...rawProfileOf(account, section), roles, id });
      });
    },
    async check(options = {}) {
      await lookUp(options, (context) => findUsers(admin, CHECK_NAME, context));
    },
    async [Symbol.asyncDispose]() {},
  };
}
