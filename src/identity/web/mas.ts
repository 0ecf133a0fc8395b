/**
 * Looks people up in Matrix Authentication Service (MAS), by its admin API.
 *
 * @module
 */

import { z } from "zod";
import type { AccountState } from "../../domain/profile.ts";
import { localpartOf, type UserId } from "../../domain/user_id.ts";
import { filledSecret, filledText, flag, httpUrl, lookupTimeout } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import { Secret } from "../../settings/secret.ts";
import type { IdentityStore } from "../port.ts";
import { emailsFrom, profileFrom, type RawProfile } from "../raw_profile.ts";
import { accountOf } from "./account_name.ts";
import { openClientTokens } from "./client_credentials.ts";
import type { LookupContext } from "./json_request.ts";
import { CHECK_NAME, openLookup, type WebDependencies, withTokens } from "./lookup.ts";
import { findEmails, findUser, type MasUser } from "./mas_admin.ts";

/** The configuration's section `mas`. */
export const masSection = z.strictObject({
  enabled: flag().default(false).describe(
    "Whether to look people up in Matrix Authentication Service.",
  ),
  url: httpUrl().optional().describe(
    "The service's URL, which issues tokens, such as https://account.example.org.",
  ),
  adminUrl: httpUrl().optional().describe(
    "The URL of its admin API, if it is another one, such as http://localhost:8081.",
  ),
  clientId: filledText().optional().describe(
    "The ID of a client that the policy's data lists in admin_clients.",
  ),
  clientSecret: filledSecret().optional().describe("The client's secret."),
  timeout: lookupTimeout()
    .describe("How long the service may take to answer, such as 10s."),
}).superRefine((section, context) => {
  requireKeys("mas", section, ["url", "clientId", "clientSecret"], context);
});

/** The section `mas` with its defaults filled in. */
export type MasSection = z.output<typeof masSection>;

const NAME = "mas";
const SCOPE = "urn:mas:admin";

/** Opens the store of the service's users. A person who has never logged in has no account. */
export function openMasStore(section: MasSection, dependencies: WebDependencies): IdentityStore {
  const { url = "", adminUrl = url, clientId = "", clientSecret, timeout } = section;
  const admin = `${adminUrl}/api/admin/v1`;
  const tokens = openClientTokens({
    tokenUrl: `${url}/oauth2/token`,
    id: clientId,
    secret: clientSecret ?? new Secret(""),
    scope: SCOPE,
  }, dependencies.clock);
  const lookUp = withTokens(openLookup(NAME, timeout, dependencies), tokens);

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const raw = await lookUp(options, (context) => findRawProfile(admin, user, context));
      return raw && profileFrom(NAME, user, raw);
    },
    async check(options = {}) {
      await lookUp(options, (context) => findUser(admin, CHECK_NAME, context));
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function findRawProfile(
  admin: string,
  user: UserId,
  context: LookupContext,
): Promise<RawProfile | undefined> {
  const name = localpartOf(user);
  const account = await findUser(admin, name, context);
  if (account === undefined) return undefined;
  // The service ignores case.
  const found = accountOf({ accounts: [account], nameOf }, name, user, NAME);
  if (found === undefined) return undefined;
  const emails = await findEmails(admin, account.id, context);
  return emails && {
    id: found.id,
    threepids: emailsFrom(emails),
    state: stateOf(account),
    account: { exists: true },
  };
}

function nameOf({ attributes }: MasUser): string {
  return attributes.username;
}

function stateOf({ attributes }: MasUser): AccountState {
  if (attributes.deactivated_at) return "deactivated";
  return attributes.locked_at || attributes.legacy_guest ? "locked" : "active";
}
