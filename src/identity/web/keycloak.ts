/**
 * People who have an account in Keycloak, by its admin REST API.
 *
 * @module
 */

import { z } from "zod";
import { filledSecret, filledText, flag, httpUrl } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import { accountName, accountNameTemplate, accountsOf } from "../account_name.ts";
import { type IdentityStore, StoreError } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { timeoutSetting } from "../timeout_setting.ts";
import { openAuthorizedLookup } from "./authorized_lookup.ts";
import { openClientTokens } from "./client_credentials.ts";
import { findRoles, findUsers } from "./keycloak_admin.ts";
import { rawProfileOf } from "./keycloak_user.ts";

/** The configuration's section `keycloak`. */
export const keycloakSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to ask Keycloak."),
  url: httpUrl().optional().describe(
    "Keycloak's URL, such as https://sso.example.org; before version 17 it ends in /auth.",
  ),
  realm: filledText().optional().describe("The realm that the people are in."),
  clientRealm: filledText().optional().describe("The realm of the client, if it is another one."),
  clientId: filledText().optional().describe(
    "A client with a service account that has the role view-users of realm-management.",
  ),
  clientSecret: filledSecret().optional().describe("The client's secret."),
  username: accountNameTemplate().prefault("{localpart}").describe(
    "What Keycloak calls a person (username), made of {localpart}, {domain} and {mxid}.",
  ),
  onlyVerified: flag().default(false).describe(
    "Whether to mail only addresses that Keycloak has verified.",
  ),
  mailAttributes: z.array(filledText()).default([]).describe(
    "Attributes of the user that hold more addresses.",
  ),
  timeout: timeoutSetting()
    .describe("How long Keycloak may take to answer, such as 10s."),
}).superRefine((section, context) => {
  requireKeys("keycloak", section, ["url", "realm", "clientId", "clientSecret"], context);
});

/** The section `keycloak` with its defaults filled in. */
export type KeycloakSection = z.output<typeof keycloakSection>;

/** What a Keycloak store needs from outside. */
export interface KeycloakDependencies {
  /** How to ask; it decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  /** The time. */
  readonly clock: Clock;
}

const NAME = "keycloak";

// Nobody is asked for: it shows that the client may look for users.
const NOBODY = "appservice-mxisd-check";

/** The store behind the realm. */
export function openKeycloakStore(
  section: KeycloakSection,
  { fetch, clock }: KeycloakDependencies,
): IdentityStore {
  const { url = "", realm = "", clientRealm = realm, clientId = "", timeout } = section;
  const admin = `${url}/admin/realms/${encodeURIComponent(realm)}`;
  const tokens = openClientTokens({
    tokenUrl: `${url}/realms/${encodeURIComponent(clientRealm)}/protocol/openid-connect/token`,
    id: clientId,
    secret: section.clientSecret ?? new Secret(""),
  }, clock);
  const ask = openAuthorizedLookup({ store: NAME, fetch, clock, deadline: timeout }, tokens);

  return {
    name: NAME,
    deadline: timeout,
    findProfile(user, options = {}) {
      const name = accountName(section.username, user);
      return ask(options, async (exchange) => {
        const users = await findUsers(admin, name, exchange);
        if (users === "refused") return users;
        const { exact, accounts } = accountsOf(users, (account) => account.username, name, user);
        const [account, ...others] = accounts;
        if (others.length > 0) {
          const reason = `it has ${accounts.length} users of one name`;
          throw new StoreError(NAME, "misconfigured", reason);
        }
        if (account === undefined) return undefined;
        const roles = await findRoles(admin, account.id, exchange);
        if (roles === "refused") return roles;
        const raw = { ...rawProfileOf(account, section), roles, ...(exact ? { id: user } : {}) };
        return profileFrom(NAME, user, raw);
      });
    },
    async check(options = {}) {
      await ask(options, (exchange) => findUsers(admin, NOBODY, exchange));
    },
    async [Symbol.asyncDispose]() {},
  };
}
